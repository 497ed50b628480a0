# SPDX-License-Identifier: MIT
# bash completion for mallocfail(1). The program itself tells what can stand where the
# cursor is: see src/runner/cmd/complete.h.

_mallocfail() {
	# shellcheck disable=SC2034  # prev and split are for _init_completion
	local cur prev words cword split kind value
	local -a offered=()
	_init_completion -n : || return
	while read -r kind value; do
		case $kind in
		word) offered+=("$value") ;;
		file) _filedir ${value:+"$value"} ;;
		directory) _filedir -d ;;
		program) _command_offset "$value" ;;
		esac
	done < <("${words[0]}" --complete "${words[@]:1:cword}" 2>/dev/null)
	[ "${#offered[@]}" -gt 0 ] || return 0
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "${offered[*]}" -- "$cur")
	[[ ${COMPREPLY[0]-} != *: ]] || compopt -o nospace 2>/dev/null
	__ltrim_colon_completions "$cur"
} && complete -F _mallocfail mallocfail
