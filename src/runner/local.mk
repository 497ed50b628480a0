# SPDX-License-Identifier: MIT
# mallocfail: everything but main.c is a library, so that tests can link it.
noinst_LIBRARIES += librunner.a
librunner_a_SOURCES = \
	%D%/channelfile.c %D%/channelfile.h \
	%D%/clock.h \
	%D%/cmd.c %D%/cmd.h \
	%D%/cmd_check.c \
	%D%/cmd_run.c \
	%D%/diag.c %D%/diag.h \
	%D%/elffile.c %D%/elffile.h \
	%D%/environment.c %D%/environment.h \
	%D%/image.c %D%/image.h \
	%D%/launch.c %D%/launch.h \
	%D%/library.c %D%/library.h \
	%D%/options.c %D%/options.h \
	%D%/outfile.c %D%/outfile.h \
	%D%/policyfile.c %D%/policyfile.h \
	%D%/program.c %D%/program.h \
	%D%/report.c %D%/report.h \
	%D%/report_json.c \
	%D%/report_text.c \
	%D%/run.c %D%/run.h \
	%D%/signals.c %D%/signals.h \
	%D%/status.h \
	%D%/symbol.c %D%/symbol.h \
	%D%/terminal.c %D%/terminal.h \
	%D%/tick.c %D%/tick.h \
	%D%/tree.c %D%/tree.h
librunner_a_CPPFLAGS = $(AM_CPPFLAGS) $(ELF_CFLAGS) \
	-DMF_LIBRARY='"$(preloaddir)/libmallocfail.so"' \
	-DMF_POLICIES='"$(pkgdatadir)/policies"'

bin_PROGRAMS += mallocfail
mallocfail_SOURCES = %D%/main.c
mallocfail_LDADD = librunner.a libcore.a $(ELF_LIBS) $(JANSSON_LIBS)
