#!/bin/sh
# SPDX-License-Identifier: MIT
# What bash, zsh and fish offer behind mallocfail. Each shell completes a command line, given as
# words, by the installed functions, and prints what it offers.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

PATH=$MF_BUILD:$PATH
export PATH
: >one.json
: >two.txt

cat >bash.sh <<'EOS'
[ -z "${WITH-}" ] || . "$WITH"
. "$MF_SOURCE/completions/mallocfail.bash"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMP_LINE=${LINE-$*}
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
COMP_POINT=${#COMP_LINE}
_mallocfail 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
EOS
# What zsh's own functions would offer is told by their names.
cat >zsh.sh <<'EOS'
compset() { :; }
compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -rl -- $@ | grep -e "^${words[CURRENT]}" }
_files() { print -r -- "files $*" }
_normal() { print -r -- "command $words, word $CURRENT" }
words=("$@")
CURRENT=$#
. $MF_SOURCE/completions/_mallocfail
EOS

cat >fish.sh <<'EOS'
source $MF_SOURCE/completions/mallocfail.fish
set -l line (string join ' ' -- (string replace -r '^$' "''" -- $argv[1..-2]) $argv[-1])
complete -C "$line" | string replace -r '\t.*' ''
EOS

# offers DESCRIPTION PATTERN WORD…: the shell offers something like that
offers() {
    offers_what=$1 offers_pattern=$2
    shift 2
    like "$shell: $offers_what" "$($shell "./$shell.sh" mallocfail "$@")" "$offers_pattern"
}

for shell in bash zsh fish; do
    if ! have $shell; then
        skip "$shell" "no $shell"
        continue
    fi
    offers "subcommands" '^replay$' re
    offers "options, of explorations" '^--points$' --po
    offers "options of a subcommand" '^--reproducer$' run --re
    offers "values of an option" '^persistent$' --mode p
    offers "more values of a list" '^files,threads$' --also files,t
    offers "no programs before a letter is typed, but files" 'two\.txt|^files ' ''
    is "$shell: ... and no others" "$($shell "./$shell.sh" mallocfail '' | grep -cx 'sed\|if\|command.*')" 0
    is "$shell: no programs where a subcommand begins so" \
        "$($shell "./$shell.sh" mallocfail s | grep -cx 'sed\|select\|command.*')" 0
    offers "formats" '^sarif:$' --report s
    offers "options of both, where no subcommand is named" '^--policy$' --po
    offers "words that want more, with a colon" '^sample:$' --points s
    offers "what is behind a letter's argument" '^--no-trace$' run -qp one.json --no
    for subcommand in run explore suite serve replay check trace histogram report merge ctl list help version; do
        "$MF_RUN" $subcommand --help | listed_options | sed 's/ .*//' | sort -u >wanted
        $shell ./$shell.sh mallocfail $subcommand -- >offered
        is "$shell: every option of $subcommand" "$(grep -vxFf offered wanted)" ""
    done
done
# Without a subcommand a run and an exploration are offered, each option once.
is "no option is offered twice" "$("$MF_RUN" --complete - | sort | uniq -d)" ''
is "nothing is offered for a number" "$("$MF_RUN" --complete --jobs '')" ''
is "the program begins behind the options" "$("$MF_RUN" --complete -q --jobs 2 cat tw)" 'program 4'
is "... and behind those of a subcommand" "$("$MF_RUN" --complete run --fill cat tw)" 'program 3'
is "a program's options are its own" "$("$MF_RUN" --complete run cat --fi)" 'program 2'
is "a file behind options that come later" "$("$MF_RUN" --complete report dir -f text '')" 'file'
is "a directory, where one is wanted" "$("$MF_RUN" --complete explore -o '')" 'directory'
is "no words at all" "$("$MF_RUN" --complete)" ''
# What is offered can be had, and all that can be had is offered.
"$MF_RUN" --complete report -f '' | sed 's/word //' >formats
while read -r format; do
    says 125 'cannot read the results' "the format $format" "$MF_RUN" report -f "$format" nothing
done <formats
"$MF_RUN" --report tea:x cat 2>err
is "all formats are offered" "$(sed 's/.*the formats are //; s/, /\n/g' err)" "$(cat formats)"
is "for reports, too" "$("$MF_RUN" --complete --report '' | sed 's/word //; s/:$//')" "$(cat formats)"
if have bash; then
    shell=bash
    LINE='mallocfail --allocator pages:' offers "what is behind a colon that is there already" '^4$' \
        --allocator pages :
    LINE='mallocfail --mode=p' offers "what is behind an equals sign" '^persistent$' --mode = p
    LINE='mallocfail --report=sa' offers "formats behind one" '^sarif:$' --report = sa
    offers "policies, where one is wanted" '^one.json$' --policy ''
    unlike "bash: and no other files" "$(bash ./bash.sh mallocfail --policy '')" two
    offers "files to the program" '^two.txt$' --mode once -- cat tw
    offers "programs" '^cat$' --mode once ca
    WITH=/usr/share/bash-completion/bash_completion
    export WITH
    [ ! -r "$WITH" ] || offers "the same with bash-completion: files" '^two.txt$' --mode once -- cat tw
    [ ! -r "$WITH" ] || offers "and options" '^--points$' --po
    unset WITH
fi
if have fish; then
    shell=fish
    offers "policies, where one is wanted" '^one.json$' --policy o
    offers "what is behind an equals sign" '^--mode=persistent$' --mode=p
    offers "files to the program" '^two.txt$' --mode once -- cat tw
    offers "the program's own options" '^--number$' cat --num
fi
! have zsh || shell=zsh offers "policies, where one is wanted" '^files -g \*\.json$' --policy ''
! have zsh || shell=zsh offers "the program's own completion" '^command cat tw, word 2$' --mode once -- cat tw
! have zsh || shell=zsh offers "the same where the program ends the options" '^command cat tw, word 2$' -p one.json cat tw
is "an argument in the same word" "$("$MF_RUN" --complete --strategy=)" "$("$MF_RUN" --complete --strategy '')"
is "... of an option that takes none" "$("$MF_RUN" --complete --scratch= | head -n 1)" "$("$MF_RUN" --complete -- | head -n 1)"
plan
