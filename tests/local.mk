# SPDX-License-Identifier: MIT
# Everything that `make check` builds and runs. All tests speak TAP to automake's own harness.

AM_TESTS_ENVIRONMENT = \
	MF_SOURCE='$(abs_top_srcdir)'; export MF_SOURCE; \
	MF_BUILD='$(abs_top_builddir)'; export MF_BUILD; \
	MF_RUN='$(abs_top_builddir)/mallocfail'; export MF_RUN; \
	MF_LIB='$(abs_top_builddir)/libmallocfail.so'; export MF_LIB; \
	MF_TARGETS='$(abs_top_builddir)/%D%/targets'; export MF_TARGETS; \
	CC='$(CC)'; export CC; $(patience) $(covered)
if SANITIZED
patience = CK_TIMEOUT_MULTIPLIER=10; export CK_TIMEOUT_MULTIPLIER;
endif
if COVERED
covered = MF_COVERED=1; export MF_COVERED;
endif

TEST_EXTENSIONS = .sh .py
tap_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(tap_driver)
SH_LOG_DRIVER = $(tap_driver)
PY_LOG_DRIVER = $(tap_driver)
PY_LOG_COMPILER = python3

# The victims: plain programs, never instrumented, nothing optimised away. A victim that
# needs more than its one source file says so below; flags.mk has the flags of all.
# (CFLAGS comes later on the command line and may say -O2: so each -fno stands here.)
victim_flags = -g -fno-builtin -fno-inline -fno-optimize-sibling-calls -fno-unroll-loops \
	-fno-stack-protector -U_FORTIFY_SOURCE -pthread
victim_cflags = -std=gnu17 $(WARNING_FLAGS) $(victim_flags)
victim_cxxflags = -Wall -Wextra $(victim_flags)

check_PROGRAMS += \
	%D%/targets/alike \
	%D%/targets/api \
	%D%/targets/asprintf \
	%D%/targets/bump.so \
	%D%/targets/caller \
	%D%/targets/children \
	%D%/targets/contract \
	%D%/targets/count \
	%D%/targets/daemon \
	%D%/targets/deny \
	%D%/targets/diag_ends \
	%D%/targets/diag_memory \
	%D%/targets/diag_places \
	%D%/targets/diag_plugin.so \
	%D%/targets/diag_throw \
	%D%/targets/explore_evil \
	%D%/targets/explore_named \
	%D%/targets/big_output \
	%D%/targets/explore_victim \
	%D%/targets/not_utf8 \
	%D%/targets/family \
	%D%/targets/goodbye \
	%D%/targets/hostile \
	%D%/targets/interrupted.so \
	%D%/targets/loops \
	%D%/targets/killed \
	%D%/targets/leaker \
	%D%/targets/libfetch.so \
	%D%/targets/libnest.so \
	%D%/targets/libthrowing.so \
	%D%/targets/many \
	%D%/targets/mapping \
	%D%/targets/names \
	%D%/targets/nest \
	%D%/targets/nest-bare \
	%D%/targets/nest-stripped \
	%D%/targets/odd \
	%D%/targets/old-kernel \
	%D%/targets/opener \
	%D%/targets/ownmalloc \
	%D%/targets/pages_victim \
	%D%/targets/plugin.so \
	%D%/targets/quiet \
	%D%/targets/recorded \
	%D%/targets/recursive-puts \
	%D%/targets/scribble \
	%D%/targets/server \
	%D%/targets/sites \
	%D%/targets/startup \
	%D%/targets/stress \
	%D%/targets/throw \
	%D%/targets/throwing \
	%D%/targets/tree \
	%D%/targets/moving \
	%D%/targets/patient \
	%D%/targets/tree_of_names \
	%D%/targets/writer
EXTRA_DIST += %D%/flags.mk %D%/targets/bug.h %D%/targets/fetch.h %D%/targets/member.h %D%/targets/nest.h %D%/targets/say.h

%C%_targets_old_kernel_SOURCES = %D%/targets/old_kernel.c
%C%_targets_recursive_puts_SOURCES = %D%/targets/recursive_puts.c
%C%_targets_diag_throw_SOURCES = %D%/targets/diag_throw.cc
%C%_targets_goodbye_SOURCES = %D%/targets/goodbye.cc
%C%_targets_names_SOURCES = %D%/targets/names.cc
%C%_targets_throw_SOURCES = %D%/targets/throw.cc

# Shared objects.
victim_so_cflags = $(victim_cflags) -fPIC
%C%_targets_bump_so_CFLAGS = $(victim_so_cflags)
%C%_targets_diag_plugin_so_CFLAGS = $(victim_so_cflags)
%C%_targets_interrupted_so_CFLAGS = $(victim_so_cflags)
%C%_targets_plugin_so_CFLAGS = $(victim_so_cflags)
%C%_targets_libfetch_so_SOURCES = %D%/targets/fetch.c
%C%_targets_libfetch_so_CFLAGS = $(victim_so_cflags)
%C%_targets_libnest_so_SOURCES = %D%/targets/nestlib.c
%C%_targets_libnest_so_CFLAGS = $(victim_so_cflags)
%C%_targets_libthrowing_so_SOURCES = %D%/targets/throwing.c
%C%_targets_libthrowing_so_CFLAGS = $(victim_so_cflags)

# The same with debug information, with a symbol table only, and with neither.
beside = '-Wl,-rpath,$$ORIGIN'
%C%_targets_nest_LDFLAGS = $(beside)
# Of the runner's parts: for another machine's programs.
EXTRA_PROGRAMS += %D%/targets/emulated
%C%_targets_emulated_SOURCES = %D%/targets/emulated.c
%C%_targets_emulated_LDADD = $(runner_libs)
CLEANFILES += %D%/targets/emulated
%C%_targets_nest_LDADD = %D%/targets/libnest.so
%C%_targets_nest_bare_SOURCES = %D%/targets/nest.c
%C%_targets_nest_bare_LDFLAGS = $(beside) -Wl,--strip-debug
%C%_targets_nest_bare_LDADD = %D%/targets/libnest.so
%C%_targets_nest_stripped_SOURCES = %D%/targets/nest.c
%C%_targets_nest_stripped_LDFLAGS = $(beside) -Wl,--strip-all
%C%_targets_nest_stripped_LDADD = %D%/targets/libnest.so

# -rdynamic: its functions are to be found by name.
%C%_targets_caller_LDFLAGS = -rdynamic $(beside)
%C%_targets_caller_LDADD = %D%/targets/libfetch.so
%C%_targets_sites_LDFLAGS = $(beside)
%C%_targets_sites_LDADD = %D%/targets/libfetch.so
# Linked in front of libstdc++, so that its part of the runtime is the one that is used. With
# flags of its own its object is not called as throwing.c's.
%C%_targets_throwing_SOURCES = %D%/targets/throwing.cc
%C%_targets_throwing_CXXFLAGS = $(victim_cxxflags)
%C%_targets_throwing_LDFLAGS = $(beside)
%C%_targets_throwing_LDADD = %D%/targets/libthrowing.so

cases = \
	%D%/cases/cmd/completions.sh \
	%D%/cases/cmd/control.sh \
	%D%/cases/cmd/ends.sh \
	%D%/cases/cmd/examples.sh \
	%D%/cases/cmd/habits.sh \
	%D%/cases/cmd/killed.sh \
	%D%/cases/cmd/outname.sh \
	%D%/cases/cmd/plain.sh \
	%D%/cases/cmd/program.sh \
	%D%/cases/cmd/readme.sh \
	%D%/cases/cmd/shorthand.sh \
	%D%/cases/cmd/slips.sh \
	%D%/cases/cmd/terminal.py \
	%D%/cases/cmd/usage.sh \
	%D%/cases/diagnose/behalf.sh \
	%D%/cases/diagnose/checks.sh \
	%D%/cases/diagnose/diagnose.sh \
	%D%/cases/diagnose/finding.sh \
	%D%/cases/diagnose/lines.sh \
	%D%/cases/diagnose/named.sh \
	%D%/cases/diagnose/naming.sh \
	%D%/cases/diagnose/planted.sh \
	%D%/cases/diagnose/sanitizer.sh \
	%D%/cases/diagnose/sentences.sh \
	%D%/cases/diagnose/noexcept.sh \
	%D%/cases/diagnose/uncaught.sh \
	%D%/cases/diagnose/variants.sh \
	%D%/cases/explore/agree.sh \
	%D%/cases/explore/also.sh \
	%D%/cases/explore/agree_programs.sh \
	%D%/cases/explore/baseline.sh \
	%D%/cases/explore/bypassed.sh \
	%D%/cases/explore/callers.sh \
	%D%/cases/explore/crashsites.sh \
	%D%/cases/explore/demands.sh \
	%D%/cases/explore/evil.sh \
	%D%/cases/explore/explore.sh \
	%D%/cases/explore/follow.sh \
	%D%/cases/explore/heap.sh \
	%D%/cases/explore/alike.sh \
	%D%/cases/explore/forerunner.sh \
	%D%/cases/explore/held.sh \
	%D%/cases/explore/hangs.sh \
	%D%/cases/suite/allocators.sh \
	%D%/cases/serve/ends.sh \
	%D%/cases/serve/serve.sh \
	%D%/cases/suite/files.sh \
	%D%/cases/suite/fresh.sh \
	%D%/cases/suite/harness.sh \
	%D%/cases/suite/hold.sh \
	%D%/cases/suite/images.sh \
	%D%/cases/suite/pytest.sh \
	%D%/cases/suite/reasons.sh \
	%D%/cases/suite/rebuilt.sh \
	%D%/cases/suite/sanitized.sh \
	%D%/cases/suite/leaks.sh \
	%D%/cases/suite/libraries.sh \
	%D%/cases/suite/started.sh \
	%D%/cases/suite/suite.sh \
	%D%/cases/suite/users.sh \
	%D%/cases/suite/own.sh \
	%D%/cases/suite/within.sh \
	%D%/cases/suite/merged.sh \
	%D%/cases/report/suppressions.sh \
	%D%/cases/explore/inferred.sh \
	%D%/cases/explore/inplace.sh \
	%D%/cases/explore/leaks.sh \
	%D%/cases/explore/budget.sh \
	%D%/cases/explore/moving.sh \
	%D%/cases/explore/replay.sh \
	%D%/cases/explore/shards.sh \
	%D%/cases/explore/sites.sh \
	%D%/cases/explore/unreached.sh \
	%D%/cases/explore/unreached_failures.sh \
	%D%/cases/explore/untested.sh \
	%D%/cases/explore/valgrind.sh \
	%D%/cases/explore/watch.sh \
	%D%/cases/explore/wrappers.sh \
	%D%/cases/static/explore.sh \
	%D%/cases/static/policies.sh \
	%D%/cases/static/processes.sh \
	%D%/cases/static/stripped.sh \
	%D%/cases/library/allocators.sh \
	%D%/cases/library/api.sh \
	%D%/cases/library/children.sh \
	%D%/cases/library/contract.sh \
	%D%/cases/library/cplusplus.sh \
	%D%/cases/library/deepbind.sh \
	%D%/cases/library/hostile.sh \
	%D%/cases/library/imports.sh \
	%D%/cases/library/inside.sh \
	%D%/cases/library/live.sh \
	%D%/cases/library/languages.sh \
	%D%/cases/library/ask.sh \
	%D%/cases/library/fuzzing.sh \
	%D%/cases/library/later.sh \
	%D%/cases/library/named.sh \
	%D%/cases/library/resource_functions.sh \
	%D%/cases/library/named_forms.sh \
	%D%/cases/library/named_ready.sh \
	%D%/cases/library/odd.sh \
	%D%/cases/library/operator_new.sh \
	%D%/cases/library/pages.sh \
	%D%/cases/library/programs.sh \
	%D%/cases/library/scribble.sh \
	%D%/cases/library/strdup.sh \
	%D%/cases/platforms/arrays.sh \
	%D%/cases/platforms/cookbook.sh \
	%D%/cases/platforms/package.sh \
	%D%/cases/platforms/ports.sh \
	%D%/cases/platforms/recipes.sh \
	%D%/cases/platforms/systems.sh \
	%D%/cases/report/brief.sh \
	%D%/cases/report/exact.sh \
	%D%/cases/report/formats.sh \
	%D%/cases/report/page.sh \
	%D%/cases/report/report.sh \
	%D%/cases/report/sources.sh \
	%D%/cases/report/told.sh \
	%D%/cases/self/analyse.sh \
	%D%/cases/self/clean.sh \
	%D%/cases/self/direction.sh \
	%D%/cases/self/fuzz.sh \
	%D%/cases/self/garbage.sh \
	%D%/cases/self/internals.sh \
	%D%/cases/self/lint.sh \
	%D%/cases/self/races.sh \
	%D%/cases/self/resources.sh \
	%D%/cases/self/security.sh \
	%D%/cases/self/self_explore.sh \
	%D%/cases/self/self_oom.sh \
	%D%/cases/self/soak.sh \
	%D%/cases/trace/histogram.sh \
	%D%/cases/trace/trace.sh \
	%D%/cases/triggers/arm.sh \
	%D%/cases/triggers/exact.sh \
	%D%/cases/triggers/filters.sh \
	%D%/cases/triggers/heap.sh \
	%D%/cases/triggers/jq.sh \
	%D%/cases/triggers/policies.sh \
	%D%/cases/triggers/threads.sh \
	%D%/cases/triggers/time.sh
if RUNNER
TESTS += $(cases) %D%/unit/validate_policies.py
endif

EXTRA_DIST += $(cases) \
	%D%/api \
	%D%/cases/library/exports.list \
	%D%/cases/library/imports.allowed \
	%D%/policies \
	%D%/tap.sh \
	%D%/targets/held \
	%D%/targets/inside \
	%D%/targets/overrun.c \
	%D%/targets/resource_functions.c \
	%D%/targets/callers.c \
	%D%/unit/annotated.h \
	%D%/unit/code/flows.c \
	%D%/unit/validate_policies.py \
	%D%/validate.py

# Unit tests: libcheck, each a program; what they test carries the sanitizers. Most need no
# more than their one source file; flags.mk has the libraries.
unit_names = \
	%D%/unit/code/test_demangle \
	%D%/unit/code/test_returnflow \
	%D%/unit/code/test_symbol \
	%D%/unit/code/test_unitcode \
	%D%/unit/core/test_arena \
	%D%/unit/core/test_channel \
	%D%/unit/core/test_control \
	%D%/unit/core/test_decide \
	%D%/unit/core/test_glob \
	%D%/unit/core/test_journal \
	%D%/unit/core/test_locate \
	%D%/unit/core/test_plan \
	%D%/unit/core/test_policy \
	%D%/unit/core/test_policy_mutants \
	%D%/unit/core/test_resource \
	%D%/unit/core/test_stackid \
	%D%/unit/crash/test_instruction_aarch64 \
	%D%/unit/crash/test_instruction_x86_64 \
	%D%/unit/crash/test_unwind \
	%D%/unit/diagnose/test_cycle \
	%D%/unit/diagnose/test_misuse \
	%D%/unit/diagnose/test_outcome \
	%D%/unit/diagnose/test_recursion \
	%D%/unit/formats/test_source \
	%D%/unit/patch/test_relocate \
	%D%/unit/preload/test_races \
	%D%/unit/preload/test_writers \
	%D%/unit/results/test_coverage_json \
	%D%/unit/results/test_merging \
	%D%/unit/run/test_footprint \
	%D%/unit/target/test_channelfile \
	%D%/unit/target/test_tracee \
	%D%/unit/target/test_waiting \
	%D%/unit/trace/test_histogram \
	%D%/unit/trace/test_trace \
	%D%/unit/inplace/test_barrier \
	%D%/unit/points/test_novelty \
	%D%/unit/points/test_points \
	%D%/unit/util/test_exact \
	%D%/unit/util/test_fault_guard \
	%D%/unit/util/test_helper \
	%D%/unit/util/test_json \
	%D%/unit/util/test_printable \
	%D%/unit/util/test_wrap \
	%D%/unit/trials/test_commands \
	%D%/unit/trials/test_timeless
libunit_a_SOURCES = \
	%D%/unit/backtrace.c %D%/unit/backtrace.h \
	%D%/unit/traced.c %D%/unit/traced.h \
	%D%/unit/unit.c %D%/unit/unit.h
if HAVE_CHECK
check_LIBRARIES += libunit.a
check_PROGRAMS += $(unit_names)
TESTS += $(unit_names)
endif
# Pure: each machine's are read on all of them.
%C%_unit_crash_test_instruction_aarch64_SOURCES = %D%/unit/crash/test_instruction_aarch64.c \
	src/runner/crash/instruction_aarch64.c
%C%_unit_crash_test_instruction_x86_64_SOURCES = %D%/unit/crash/test_instruction_x86_64.c \
	src/runner/crash/instruction_x86_64.c
%C%_unit_diagnose_test_outcome_SOURCES = %D%/unit/diagnose/test_outcome.c \
	%D%/unit/diagnose/record.h %D%/unit/diagnose/records_checks.c \
	%D%/unit/diagnose/records_ends.c \
	%D%/unit/diagnose/records_exceptions.c %D%/unit/diagnose/records_memory.c \
	%D%/unit/diagnose/records_pointers.c
# Modules of the library that many threads are in, checked as the test is.
unit_preload_cppflags = $(AM_CPPFLAGS) $(CHECK_CFLAGS) -I$(srcdir)/src/preload/machine/$(MACHINE)
%C%_unit_preload_test_races_SOURCES = %D%/unit/preload/test_races.c \
	src/preload/base/inside.c src/preload/explore/stacks.c src/preload/heap/account.c \
	src/preload/policy/thread_counters.c src/preload/stack/known.c
%C%_unit_preload_test_races_CPPFLAGS = $(unit_preload_cppflags)
%C%_unit_preload_test_writers_SOURCES = %D%/unit/preload/test_writers.c \
	src/preload/base/limits.c src/preload/base/sys.c src/preload/trace/definitions.c \
	src/preload/trace/record.c src/preload/trace/tracefile.c src/preload/trace/writer.c
%C%_unit_preload_test_writers_CPPFLAGS = $(unit_preload_cppflags)
%C%_unit_preload_test_writers_LDFLAGS = -Wl,--wrap=mf_sys_map_shared,--wrap=mf_sys_unmap

# Fuzzers, each with a main() of ours for `make check`; `make fuzz` has clang's.
if RUNNER
fuzzers = \
	%D%/fuzz/fuzz_channel \
	%D%/fuzz/fuzz_explore \
	%D%/fuzz/fuzz_findings \
	%D%/fuzz/fuzz_policy \
	%D%/fuzz/fuzz_trace
check_PROGRAMS += $(fuzzers)
endif
fuzz_shared = %D%/fuzz/driver.c %D%/fuzz/fuzz.h
fuzz_scribble = $(fuzz_shared) %D%/fuzz/scribble.c %D%/fuzz/scribble.h
%C%_fuzz_fuzz_channel_SOURCES = %D%/fuzz/fuzz_channel.c $(fuzz_scribble)
%C%_fuzz_fuzz_explore_SOURCES = %D%/fuzz/fuzz_explore.c $(fuzz_scribble)
%C%_fuzz_fuzz_findings_SOURCES = %D%/fuzz/fuzz_findings.c $(fuzz_shared)
%C%_fuzz_fuzz_policy_SOURCES = %D%/fuzz/fuzz_policy.c $(fuzz_shared)
%C%_fuzz_fuzz_trace_SOURCES = %D%/fuzz/fuzz_trace.c $(fuzz_shared)
EXTRA_DIST += %D%/fuzz/fuzz.sh %D%/fuzz/findings.dict %D%/fuzz/policy.dict %D%/fuzz/corpus

.PHONY: fuzz
fuzz:
	MF_SOURCE='$(abs_top_srcdir)' \
	FUZZ_FLAGS='$(JANSSON_CFLAGS) $(CAPSTONE_CFLAGS) $(ELF_CFLAGS) $(DW_CFLAGS) $(SECCOMP_CFLAGS) $(XML_CFLAGS)' \
	FUZZ_OBJECTS='$(libcore_a_OBJECTS) $(librunner_a_OBJECTS)' \
	FUZZ_LIBS='$(DW_LIBS) $(ELF_LIBS) $(SECCOMP_LIBS) $(XML_LIBS) $(DEMANGLE_LIBS) $(JANSSON_LIBS)' \
		$(SHELL) $(srcdir)/%D%/fuzz/fuzz.sh

# What analysers have to say of the sources.
EXTRA_DIST += %D%/analyse.sh %D%/analyse.exceptions

.PHONY: analyse
analyse:
	MF_SOURCE='$(abs_top_srcdir)' \
	ANALYSE_FLAGS='-Isrc/preload/machine/$(MACHINE) $(JANSSON_CFLAGS) $(CAPSTONE_CFLAGS) $(ELF_CFLAGS) $(DW_CFLAGS) $(SECCOMP_CFLAGS) $(XML_CFLAGS)' \
	ANALYSE_OBJECTS='$(libcore_a_OBJECTS) $(librunner_a_OBJECTS) $(libmallocfail_so_OBJECTS)' \
		$(SHELL) $(srcdir)/%D%/analyse.sh

# What of core and runner the tests run, under --enable-coverage. The library cannot be
# measured so: what counts would allocate and write inside targets.
EXTRA_DIST += %D%/coverage.sh %D%/flush.c
if COVERED
mallocfail_SOURCES += %D%/flush.c
mallocfail_LDFLAGS = -Wl,--wrap=_exit,--wrap=vfork
endif

.PHONY: coverage
coverage:
	MF_SOURCE='$(abs_top_srcdir)' MAKE='$(MAKE)' $(SHELL) $(srcdir)/%D%/coverage.sh

clean-local:
	rm -rf %D%/tmp analyse coverage.log coverage.txt uncovered.txt
	find . \( -name '*.gcda' -o -name '*.gcno' \) -delete

# Flags by folder. Automake does not read this file: it knows flags of single programs only.
-include $(srcdir)/%D%/flags.mk
