# SPDX-License-Identifier: MIT
# The hall: compiled once for the runner and once for the inside of a target.
core_sources = \
	%D%/policy/allocator.c %D%/policy/allocator.h \
	%D%/policy/arena.c %D%/policy/arena.h \
	%D%/policy/count.h \
	%D%/policy/decide.c %D%/policy/decide.h \
	%D%/policy/errnos.c %D%/policy/errnos.h \
	%D%/policy/function.c %D%/policy/function.h \
	%D%/policy/glob.c %D%/policy/glob.h \
	%D%/policy/named.c %D%/policy/named.h \
	%D%/policy/locate.c %D%/policy/locate.h \
	%D%/policy/plan.c %D%/policy/plan.h \
	%D%/policy/policy.c %D%/policy/policy.h \
	%D%/policy/policy_rule.c %D%/policy/policy_rule.h \
	%D%/policy/policy_syntax.c %D%/policy/policy_syntax.h \
	%D%/policy/policy_trigger.c %D%/policy/policy_trigger.h \
	%D%/policy/reader.c %D%/policy/reader.h \
	%D%/policy/resource.c %D%/policy/resource.h \
	%D%/policy/spelling.c %D%/policy/spelling.h \
	%D%/policy/text.c %D%/policy/text.h \
	%D%/channel/account.h \
	%D%/channel/block.c %D%/channel/block.h \
	%D%/channel/channel.c %D%/channel/channel.h \
	%D%/channel/control.c %D%/channel/control.h \
	%D%/channel/counter.h \
	%D%/channel/explore.h \
	%D%/channel/patch.h \
	%D%/channel/suite.h \
	%D%/channel/serve.h \
	%D%/channel/journal.c %D%/channel/journal.h \
	%D%/policy/mix.h \
	%D%/channel/stackid.c %D%/channel/stackid.h \
	%D%/channel/novel.c %D%/channel/novel.h \
	%D%/channel/stacktable.c %D%/channel/stacktable.h \
	%D%/channel/trace.c %D%/channel/trace.h

noinst_LIBRARIES += libcore.a libcore_inside.a
libcore_a_SOURCES = $(core_sources)
libcore_inside_a_SOURCES = $(core_sources)
libcore_inside_a_CFLAGS = $(inside_cflags)
