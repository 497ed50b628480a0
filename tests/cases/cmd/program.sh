#!/bin/sh
# SPDX-License-Identifier: MIT
# PROGRAM is found as env(1) finds it, through scripts to what is loaded, and what is in
# the way is told.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

mkdir first second third folder
# shellcheck disable=SC2016 # for the other shell
printf '#!/bin/sh\necho "$0 $*"\n' >second/tool
cp second/tool here
chmod +x second/tool here
echo nothing >first/tool
echo nothing >third/plain

# along FOLDERS PROGRAM…: with that PATH; system programs are named by theirs.
along() {
    along_path=$1
    shift
    PATH=$along_path "$MF_RUN" -q --policy "$NEVER" "$@"
}
sh=$(command -v sh)
status_is 0 "along PATH, past what cannot be executed" along "first:second" tool a 'b c'
is "it is the second one" "$(cat out)" "second/tool a b c"
says 126 "cannot run 'tool': Permission denied" "nothing else is there" along first tool
says 127 "cannot run 'tool': No such file" "nothing is there" along "third:/no/such:here" tool
ok "an empty folder is the current one" along "/no/such:" here
ok "so it is in the middle" along "/no/such::second" here
says 127 'No such file' "no name at all" along /bin ''
says 126 'Is a directory' "a folder" along /bin ./folder
says 127 'Not a directory' "what is below a file" along /bin ./here/tool
# shellcheck disable=SC2016 # for the other shell
status_is 3 "without PATH it is looked for in the usual places" \
    env -u PATH "$MF_RUN" -q --policy "$NEVER" "${sh##*/}" -c 'exit 3'

# Scripts.
script() {
    script_name=$1
    shift
    printf '%s\n' "$@" >"$script_name"
    chmod +x "$script_name"
}
script spaced "#!  $sh -e" 'exit 4'
status_is 4 "an interpreter behind spaces, with an option" along /bin ./spaced
script lost '#!/no/such/interpreter'
says 127 "'./lost' is a script for '/no/such/interpreter'" "an interpreter that is not there" \
    along /bin ./lost
script unfit "#!$PWD/third/plain"
says 126 "the interpreter '.*/third/plain': Permission denied" "one that is no program" \
    along /bin ./unfit
script empty '#!'
says 127 "is a script for ''" "none at all" along /bin ./empty
script 1 "#!$sh" 'exit 5'
for level in 2 3 4 5 6 7; do
    script $level "#!$PWD/$((level - 1))"
done
status_is 5 "a script for a script for a script" along /bin ./5
says 126 "too many scripts for scripts" "as many as Linux refuses" along /bin ./7
status_is 126 "which it does by itself, too" env ./7

# Explorations go elsewhere.
cp "$MF_TARGETS/explore_victim" victim
status_is 1 "a program by a name from here, run elsewhere" \
    "$MF_RUN" -q -o found --scratch --strategy fresh --mode once -- ./victim null
says 125 "cannot .*No such file" "nowhere to run it" \
    env TMPDIR=/no/such "$MF_RUN" -q -o found --scratch --mode once -- ./victim null
plan
