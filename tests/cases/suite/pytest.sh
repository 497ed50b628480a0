#!/bin/sh
# SPDX-License-Identifier: MIT
# A suite of pytest's: programs that its tests run, each finding with its test, and an extension
# of the interpreter itself.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
for python in python3 /usr/bin/python3 ''; do
    ! "$python" -c 'import pytest' 2>/dev/null || break
done
[ -n "$python" ] || skip_all "no pytest"

cat >tool.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
    char *copy = malloc(strlen(argv[argc - 1]) + 71);
    strcpy(copy, argv[argc - 1]);
    puts(copy);
    free(copy);
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin -o tool tool.c || exit 1
cat >test_tool.py <<'END'
import subprocess
import pytest
@pytest.mark.parametrize("word", ["one", "two"])
def test_echo(word):
    assert subprocess.check_output(["./tool", word], text=True) == word + "\n"
def test_other():
    assert True
END
suite() {
    "$MF_RUN" suite -o "$1" --report junit:"$1.xml" "$python" -m pytest -q -p no:cacheprovider "$2"
}
suite named test_tool.py >out 2>err
is "a suite of pytest's ends with 1" $? 1
like "... and with its own words" "$(cat out)" '3 passed'
is "what breaks in a program is found once, with the tests that run it" \
    "$(jq -c '[.findings[] | [.class, (.commands | map(.test) | sort)]]' named/findings.json)" \
    '[["null dereference",["test_tool.py::test_echo[one]","test_tool.py::test_echo[two]"]]]'
is "... and is a failure of these in JUnit" "$(grep -c 'testcase name="test_tool.py::test_echo' named.xml)" 2

# The interpreter is as it comes: its malloc's address may be in its own linkage table.
cat >loudmodule.c <<'END'
#include <Python.h>
#include <string.h>
static PyObject *shout(PyObject *self, PyObject *text) {
    const char *from = PyUnicode_AsUTF8(text);
    char *copy = malloc(strlen(from) + 72);
    (void)self;
    strcpy(copy, from);
    PyObject *result = PyUnicode_FromString(strcat(copy, "!"));
    free(copy);
    return result;
}
static PyMethodDef methods[] = {{"shout", shout, METH_O, NULL}, {0}};
static struct PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT, .m_name = "loud", .m_methods = methods};
PyMODINIT_FUNC PyInit_loud(void) { return PyModule_Create(&module); }
END
headers=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')
cat >test_loud.py <<'END'
import loud
def test_shout():
    assert loud.shout("hey") == "hey!"
END
# shellcheck disable=SC2086 # words
if ${CC:-cc} -g -O0 -fno-builtin -shared -fPIC -I"$headers" -o loud.so loudmodule.c 2>/dev/null; then
    PYTHONPATH=$PWD PYTHONMALLOC=malloc MALLOCFAIL_OPTIONS='--program python* --only-module loud.so' \
        suite inner test_loud.py >out 2>err
    like "an extension's suite ends as it does alone" "$(cat out)" '1 passed'
    is "what breaks in the extension is found" \
        "$(jq -c '[.findings[] | .injection.size] | unique' inner/findings.json)" '[75]'
else
    skip "an extension" "no headers of $python's"
fi
plan
