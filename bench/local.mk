# SPDX-License-Identifier: MIT
# make bench: ratios, interleaved in one run; never part of the tests.
EXTRA_PROGRAMS += churn
churn_SOURCES = %D%/churn.c
churn_CFLAGS = -std=gnu17 -O2 -fno-builtin -pthread $(WARNING_FLAGS)
churn_LDFLAGS = -pthread
CLEANFILES += churn
EXTRA_DIST += %D%/overhead.sh

.PHONY: bench
bench: churn mallocfail libmallocfail.so
	MF_RUN=$(abs_builddir)/mallocfail MF_CHURN=$(abs_builddir)/churn \
		$(SHELL) $(srcdir)/%D%/overhead.sh
