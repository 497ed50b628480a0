# SPDX-License-Identifier: MIT
# bash completion for mallocfail(1). Options are what --help of the subcommand tells.

# The options of a subcommand that match a pattern behind their name.
_mallocfail_options() {
	"${words[0]}" "$1" --help 2>/dev/null | grep -oE -e "--[a-z][a-z-]*$2" | grep -oE -e '--[a-z][a-z-]*' | sort -u
}

# Where PROGRAM stands in the command line, its own length where not yet; and the subcommand.
_mallocfail_parse() {
	local takers
	subcommand=explore
	program=1
	case ${words[1]} in
	run | explore | replay | check | trace | histogram | report | merge | ctl)
		subcommand=${words[1]}
		[ "$cword" -eq 1 ] || program=2
		;;
	esac
	takers=" $(_mallocfail_options "$subcommand" ' [A-Z]' | tr '\n' ' ') -p -o -j "
	while [ "$program" -lt "$cword" ]; do
		case ${words[program]} in
		--)
			program=$((program + 1))
			return
			;;
		-*)
			[[ $takers != *" ${words[program]} "* ]] || program=$((program + 1))
			program=$((program + 1))
			;;
		*)
			return
			;;
		esac
	done
}

_mallocfail_values() {
	local values
	case $1 in
	--points) values="stacks all sample:" ;;
	--mode) values="once persistent pairs once,persistent" ;;
	--strategy) values="auto in-place fresh" ;;
	--arm) values="load main startup" ;;
	--exit) values="target verdict" ;;
	--allocator) values="next pages pages:1" ;;
	--report) values="text: json: junit: sarif: html: github:" ;;
	--format) values="text json junit sarif html github tsv folded" ;;
	-p | --policy) _filedir json && return ;;
	-o | --output | --resume) _filedir && return ;;
	--timeout | --budget | --max | --seed | --shard | -j | --jobs | --below) return 0 ;;
	*) _filedir && return ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
	[[ ${COMPREPLY[0]-} != *: ]] || compopt -o nospace 2>/dev/null
}

_mallocfail() {
	# shellcheck disable=SC2034  # split is for _init_completion
	local cur prev words cword split subcommand program
	_init_completion -n : || return
	_mallocfail_parse
	if [ "$program" -lt "$cword" ] || [ "${words[cword - 1]}" = -- ]; then
		case $subcommand in
		run | explore | trace) _command_offset "$program" ;;
		*) _filedir ;;
		esac
	elif [ "$program" -gt "$cword" ]; then
		_mallocfail_values "$prev"
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_mallocfail_options "$subcommand" '') -h -q -v -V" -- "$cur")
	elif [ "$cword" -eq 1 ]; then
		mapfile -t COMPREPLY < <(
			compgen -W "run explore replay check trace histogram report merge ctl" -- "$cur"
			compgen -c -- "$cur"
		)
	else
		case $subcommand in
		run | explore | trace) _command_offset "$program" ;;
		*) _filedir ;;
		esac
	fi
} && complete -F _mallocfail mallocfail
