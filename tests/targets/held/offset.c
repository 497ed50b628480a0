// SPDX-License-Identifier: MIT
/* A program that seeks in its standard output and writes over what it wrote (as zip does with "zip - file"):
 * A child in place that had another file there would be taken for wrong.
 */
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    void *p = malloc(10);
    write(1, "header-0 body\n", 14);
    if (lseek(1, 7, SEEK_SET) == 7)
        write(1, "1", 1);
    void *q = malloc(20);
    free(p);
    free(q);
    return 0;
}
