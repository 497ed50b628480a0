# SPDX-License-Identifier: MIT
# fish completion for mallocfail(1). The program itself tells what can stand where the
# cursor is: see src/runner/cmd/complete.h.

function __mallocfail_complete
    set -l tokens (commandline -opc)
    set -l words $tokens
    set -e words[1]
    set -l current (commandline -ct)
    set -l before ''
    set -l rest $current
    set -l matched 0
    if string match -qr -- '^--[^=]*=' $current
        set before (string replace -r -- '=.*' '=' $current)
        set rest (string replace -r -- '^[^=]*=' '' $current)
    end
    for line in ($tokens[1] --complete $words "$current" 2>/dev/null)
        set -l kind (string split -m 1 ' ' -- $line)
        switch $kind[1]
            case word
                echo $before$kind[2]
                if test -n "$current"; and string match -q -- "$current*" $kind[2]
                    set matched 1
                end
            case file
                for file in (__fish_complete_path "$rest")
                    set -l name (string split \t -- $file)[1]
                    if test -z "$kind[2]"; or string match -q -- "*/" $name; or string match -q -- "*.$kind[2]" $name
                        echo $before$name
                    end
                end
            case directory
                for directory in (__fish_complete_directories "$rest" '')
                    echo $before(string split \t -- $directory)[1]
                end
            case program
                # Where nothing of PROGRAM is typed the files here are offered, and not all that
                # PATH has; nor where a command of mallocfail's begins so. fish counts from 1,
                # and the first word is mallocfail itself.
                set -l begun (test $kind[2] -eq (count $tokens); and echo 1)
                if test -n "$begun" -a -z "$current"
                    __fish_complete_path ''
                    continue
                else if test -n "$begun" -a $matched -eq 1
                    continue
                end
                set -e tokens[1..$kind[2]]
                __fish_complete_subcommand --commandline $tokens "$current"
        end
    end
end

complete -c mallocfail -f -a '(__mallocfail_complete)'
