# SPDX-License-Identifier: MIT
# make bench: ratios, interleaved in one run; never part of the tests.
EXTRA_PROGRAMS += churn
churn_SOURCES = %D%/churn.c
churn_CFLAGS = -std=gnu17 -O2 -fno-builtin -pthread $(WARNING_FLAGS)
churn_LDFLAGS = -pthread
CLEANFILES += churn
EXTRA_DIST += %D%/overhead.sh %D%/pages.sh

.PHONY: bench
bench: churn libwritetrace.so mallocfail libmallocfail.so
	MF_RUN=$(abs_builddir)/mallocfail MF_CHURN=$(abs_builddir)/churn \
		$(SHELL) $(srcdir)/%D%/overhead.sh
	MF_RUN=$(abs_builddir)/mallocfail MF_CHURN=$(abs_builddir)/churn \
		$(SHELL) $(srcdir)/%D%/pages.sh
	$(MAKE) bench-trace

EXTRA_PROGRAMS += loop late heap
loop_SOURCES = %D%/loop.c
loop_CFLAGS = -std=gnu17 -O2 $(WARNING_FLAGS)
late_SOURCES = %D%/late.c
late_CFLAGS = -std=gnu17 -O2 -fno-builtin $(WARNING_FLAGS)
heap_SOURCES = %D%/heap.c
heap_CFLAGS = -std=gnu17 -O2 -fno-builtin $(WARNING_FLAGS)
CLEANFILES += loop late heap
EXTRA_DIST += %D%/explore.sh %D%/loop.sh

.PHONY: bench-inside
bench-inside: mallocfail libmallocfail.so
	MF_RUN=$(abs_builddir)/mallocfail MF_SOURCE=$(abs_srcdir) CC="$(CC)" \
		$(SHELL) $(srcdir)/%D%/inside.sh
EXTRA_DIST += %D%/inside.sh

.PHONY: bench-explore
bench-explore: loop late heap mallocfail libmallocfail.so
	MF_RUN=$(abs_builddir)/mallocfail MF_LIB=$(abs_builddir)/libmallocfail.so \
		MF_LOOP=$(abs_builddir)/loop MF_LATE=$(abs_builddir)/late \
		MF_HEAP=$(abs_builddir)/heap \
		MF_SHELL_LOOP=$(abs_srcdir)/%D%/loop.sh \
		$(SHELL) $(srcdir)/%D%/explore.sh

# What a trace costs, against a library that writes each event at once and heaptrack.
EXTRA_PROGRAMS += libwritetrace.so
libwritetrace_so_SOURCES = %D%/writetrace.c
libwritetrace_so_CFLAGS = -std=gnu17 -O2 -fPIC -fno-builtin $(WARNING_FLAGS)
libwritetrace_so_LDFLAGS = -shared
CLEANFILES += libwritetrace.so
EXTRA_DIST += %D%/trace.sh

.PHONY: bench-trace
bench-trace: churn libwritetrace.so mallocfail libmallocfail.so
	MF_RUN=$(abs_builddir)/mallocfail MF_LIB=$(abs_builddir)/libmallocfail.so \
		MF_CHURN=$(abs_builddir)/churn MF_WRITETRACE=$(abs_builddir)/libwritetrace.so \
		$(SHELL) $(srcdir)/%D%/trace.sh

# How soon crash sites are found, by the order of failures.
EXTRA_DIST += %D%/order.py

.PHONY: bench-order
bench-order: mallocfail libmallocfail.so
	MF_RUN=$(abs_builddir)/mallocfail python3 $(srcdir)/%D%/order.py
