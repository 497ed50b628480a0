# SPDX-License-Identifier: MIT
# The hall: compiled once for the runner and once for the inside of a target.
core_sources = \
	%D%/account.h \
	%D%/allocator.c %D%/allocator.h \
	%D%/arena.c %D%/arena.h \
	%D%/block.c %D%/block.h \
	%D%/channel.c %D%/channel.h \
	%D%/control.c %D%/control.h \
	%D%/decide.c %D%/decide.h \
	%D%/explore.h \
	%D%/function.c %D%/function.h \
	%D%/glob.c %D%/glob.h \
	%D%/journal.c %D%/journal.h \
	%D%/locate.c %D%/locate.h \
	%D%/mix.h \
	%D%/plan.c %D%/plan.h \
	%D%/policy.c %D%/policy.h \
	%D%/policy_rule.c %D%/policy_rule.h \
	%D%/policy_syntax.c %D%/policy_syntax.h \
	%D%/policy_trigger.c %D%/policy_trigger.h \
	%D%/reader.c %D%/reader.h \
	%D%/spelling.c %D%/spelling.h \
	%D%/stackid.c %D%/stackid.h \
	%D%/stacktable.c %D%/stacktable.h \
	%D%/text.c %D%/text.h \
	%D%/trace.c %D%/trace.h

noinst_LIBRARIES += libcore.a libcore_inside.a
libcore_a_SOURCES = $(core_sources)
libcore_inside_a_SOURCES = $(core_sources)
libcore_inside_a_CFLAGS = $(inside_cflags)
