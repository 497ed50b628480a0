# SPDX-License-Identifier: MIT
# bash completion for mallocfail(1). The program itself tells what can stand where the
# cursor is: see src/runner/cmd/complete.h. Nothing of the package bash-completion is needed;
# where it is loaded, it completes the words behind PROGRAM.

# The words up to the cursor, put together again where readline broke them at ":" and "=";
# `at` says which of readline's words each begins with.
_mallocfail_words() {
	local i rest=$COMP_LINE bare
	words=() at=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		bare=${rest#"${rest%%[![:space:]]*}"}
		if ((i > 0)) && [[ -n $rest && $bare == "$rest" ]]; then
			words[${#words[@]} - 1]+=${COMP_WORDS[i]}
		else
			words+=("${COMP_WORDS[i]}") at+=("$i")
		fi
		rest=${bare#"${COMP_WORDS[i]}"}
	done
}

# Files and directories that begin so; of files only those with an ending, if there is one.
_mallocfail_files() {
	compopt -o filenames 2>/dev/null
	if [ -n "$1" ]; then
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -X "!*.$1" -- "$cur"; compgen -d -- "$cur")
	else
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
	fi
}

# Programs along PATH that begin so: without the shell's own words.
_mallocfail_commands() {
	local name
	while read -r name; do
		[[ $(type -t "$name") != keyword ]] && type -P "$name" >/dev/null && printf '%s\n' "$name"
	done < <(compgen -c -- "$cur" | sort -u)
}

# PROGRAM, which is word $1, or what stands behind it. Where nothing of it is typed the files
# here are offered, and not all that PATH has; nor where a command of mallocfail's begins so.
_mallocfail_program() {
	local begun=0
	[ "$1" -ne $((${#words[@]} - 1)) ] || begun=1
	if ((begun)) && [ -z "$cur" ]; then
		_mallocfail_files ''
	elif ((begun)) && [ -n "$(compgen -W "${offered[*]}" -- "$cur")" ]; then
		return
	elif declare -F _command_offset >/dev/null; then
		_command_offset "${at[$1]}"
	elif ((begun)) && [[ $cur != */* ]]; then
		mapfile -t COMPREPLY < <(_mallocfail_commands)
	else
		_mallocfail_files ''
	fi
}

_mallocfail() {
	local cur kind value
	local -a words at offered=()
	_mallocfail_words
	cur=${words[-1]}
	COMPREPLY=()
	[[ $cur != --*=* ]] || cur=${cur#*=}
	while read -r kind value; do
		case $kind in
		word) offered+=("$value") ;;
		file) _mallocfail_files "$value" ;;
		directory)
			compopt -o filenames 2>/dev/null
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur")
			;;
		program) _mallocfail_program "$value" ;;
		esac
	done < <("${words[0]}" --complete "${words[@]:1}" 2>/dev/null)
	[ "${#offered[@]}" -gt 0 ] || return 0
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "${offered[*]}" -- "$cur")
	[[ ${COMPREPLY[0]-} != *: ]] || compopt -o nospace 2>/dev/null
	# readline replaces only what stands behind the last colon.
	if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
		COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
	fi
} && complete -F _mallocfail mallocfail
