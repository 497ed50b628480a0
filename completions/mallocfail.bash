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

# PROGRAM, which is word $1, or what stands behind it.
_mallocfail_program() {
	if declare -F _command_offset >/dev/null; then
		_command_offset "${at[$1]}"
	elif [ "$1" -eq $((${#words[@]} - 1)) ] && [[ $cur != */* ]]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$cur"; printf '%s\n' "${COMPREPLY[@]}")
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
