# SPDX-License-Identifier: MIT
# libmallocfail.so: lives inside the target, under the strict law.

# No sanitizer, no fortify, no thread-local storage that has to be looked up; -fno-builtin
# because gcc turns a calloc made of malloc and memset into a call of itself.
inside_cflags = -std=gnu17 $(WARNING_FLAGS) -I$(srcdir)/src/preload/machine/$(MACHINE) \
	-fPIC -fvisibility=hidden -fno-builtin \
	-ftls-model=initial-exec -U_FORTIFY_SOURCE -fno-lto

preload_PROGRAMS += libmallocfail.so
libmallocfail_so_SOURCES = \
	%D%/base/bootstrap.c %D%/base/bootstrap.h \
	%D%/base/counting.h \
	%D%/base/env.c %D%/base/env.h \
	%D%/base/memory.c %D%/base/memory.h \
	%D%/base/inside.c %D%/base/inside.h \
	%D%/base/helper.c %D%/base/helper.h \
	%D%/base/kept.c %D%/base/kept.h \
	%D%/base/limits.c %D%/base/limits.h \
	%D%/base/next.c %D%/base/next.h \
	%D%/base/sanitizers.c %D%/base/sanitizers.h \
	%D%/base/state.c %D%/base/state.h \
	%D%/base/strings.c \
	%D%/base/substitutes.c %D%/base/substitutes.h \
	%D%/base/sys.c %D%/base/sys.h \
	%D%/stack/cfi.c %D%/stack/cfi.h \
	%D%/stack/frames.c %D%/stack/frames.h \
	%D%/stack/known.c %D%/stack/known.h \
	%D%/stack/maps.c %D%/stack/maps.h \
	%D%/stack/modules.c %D%/stack/modules.h \
	%D%/stack/sites.c %D%/stack/sites.h \
	%D%/stack/stack.c %D%/stack/stack.h \
	%D%/stack/symbols.c %D%/stack/symbols.h \
	%D%/patch/defines.c %D%/patch/defines.h \
	%D%/patch/later.c %D%/patch/later.h \
	%D%/patch/linkage.c %D%/patch/linkage.h \
	%D%/patch/loader.c %D%/patch/loader.h \
	%D%/patch/code.c %D%/patch/code.h \
	%D%/patch/patch.c %D%/patch/patch.h \
	%D%/patch/program.c %D%/patch/program.h \
	%D%/patch/writing.c %D%/patch/writing.h \
	%D%/pages/blocks.c %D%/pages/blocks.h \
	%D%/pages/guard_page.c %D%/pages/guard_page.h \
	%D%/pages/misuse.c %D%/pages/misuse.h \
	%D%/pages/pages.c %D%/pages/pages.h \
	%D%/pages/quarantine.c %D%/pages/quarantine.h \
	%D%/pages/redzone.c %D%/pages/redzone.h \
	%D%/pages/spans.c %D%/pages/spans.h \
	%D%/trace/definitions.c %D%/trace/definitions.h \
	%D%/trace/record.c %D%/trace/record.h \
	%D%/trace/tracefile.c %D%/trace/tracefile.h \
	%D%/trace/writer.c %D%/trace/writer.h \
	%D%/heap/account.c %D%/heap/account.h \
	%D%/heap/census.c %D%/heap/census.h \
	%D%/heap/fill.c %D%/heap/fill.h \
	%D%/heap/liveheap.c %D%/heap/liveheap.h \
	%D%/call/call.c %D%/call/call.h \
	%D%/call/injected.c %D%/call/injected.h \
	%D%/explore/forerunner.c %D%/explore/forerunner.h \
	%D%/explore/hold.c %D%/explore/hold.h \
	%D%/explore/descriptors.c %D%/explore/descriptors.h \
	%D%/explore/exploration.h \
	%D%/explore/explore.c %D%/explore/explore.h \
	%D%/explore/kinds.c %D%/explore/kinds.h \
	%D%/explore/leaving.c %D%/explore/leaving.h \
	%D%/explore/large_pages.c %D%/explore/large_pages.h \
	%D%/explore/numbers.c %D%/explore/numbers.h \
	%D%/explore/sharing.c %D%/explore/sharing.h \
	%D%/explore/parting.c %D%/explore/parting.h \
	%D%/explore/outside.c %D%/explore/outside.h \
	%D%/explore/owner.c %D%/explore/owner.h \
	%D%/explore/programs.c %D%/explore/programs.h \
	%D%/explore/reach.c %D%/explore/reach.h \
	%D%/explore/stacks.c %D%/explore/stacks.h \
	%D%/explore/serve.c %D%/explore/serve.h \
	%D%/explore/suite.c %D%/explore/suite.h \
	%D%/explore/surroundings.c %D%/explore/surroundings.h \
	%D%/explore/threads.c %D%/explore/threads.h \
	%D%/policy/active_policy.c %D%/policy/active_policy.h \
	%D%/policy/arming.c %D%/policy/arming.h \
	%D%/policy/attach.c %D%/policy/attach.h \
	%D%/policy/decision.c %D%/policy/decision.h \
	%D%/policy/gate.c %D%/policy/gate.h \
	%D%/policy/notice.c %D%/policy/notice.h \
	%D%/policy/session.c %D%/policy/session.h \
	%D%/policy/slot.c %D%/policy/slot.h \
	%D%/policy/startup.c %D%/policy/startup.h \
	%D%/policy/thread_counters.c %D%/policy/thread_counters.h \
	%D%/entry/api.c \
	%D%/entry/ending.c \
	%D%/entry/execute.c \
	%D%/entry/identity.c \
	%D%/entry/interpose.c \
	%D%/entry/jansson_stdin.c \
	%D%/entry/leak_check.c \
	%D%/entry/named.c \
	%D%/entry/follow.c \
	%D%/entry/follow.h \
	%D%/entry/loading.c \
	%D%/entry/operator_new.c %D%/entry/operator_new.h \
	%D%/entry/terminate.c \
	%D%/entry/start.c \
	%D%/entry/strdup.c \
	%D%/machine/aarch64/countdown.h %D%/machine/generic/countdown.h %D%/machine/x86_64/countdown.h \
	%D%/machine/aarch64/jump.h %D%/machine/generic/jump.h %D%/machine/x86_64/jump.h \
	%D%/machine/aarch64/relocations.h %D%/machine/generic/relocations.h %D%/machine/x86_64/relocations.h \
	%D%/machine/aarch64/named.h %D%/machine/generic/named.h %D%/machine/x86_64/named.h \
	%D%/machine/aarch64/tgkill.h %D%/machine/generic/tgkill.h %D%/machine/x86_64/tgkill.h \
	%D%/machine/aarch64/ticks.h %D%/machine/generic/ticks.h %D%/machine/x86_64/ticks.h \
	%D%/machine/aarch64/walk.h %D%/machine/generic/walk.h %D%/machine/x86_64/walk.h
if FIND_OBJECT
libmallocfail_so_SOURCES += %D%/stack/find_object.c
endif
libmallocfail_so_CFLAGS = $(inside_cflags)
libmallocfail_so_LDFLAGS = -shared -static-libgcc -Wl,--eh-frame-hdr \
	-Wl,-z,defs -Wl,-z,text -Wl,-z,now -Wl,-z,nodelete -Wl,--exclude-libs,ALL \
	-Wl,--version-script=$(srcdir)/%D%/exports.map
libmallocfail_so_LDADD = libcore_inside.a $(JANSSON_ARCHIVE)
EXTRA_libmallocfail_so_DEPENDENCIES = $(srcdir)/%D%/exports.map
EXTRA_DIST += %D%/exports.map
