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

# The victims: plain programs, never instrumented, nothing optimised away.
# (CFLAGS comes later on the command line and may say -O2: so each -fno stands here.)
victim_flags = -g -fno-builtin -fno-inline -fno-optimize-sibling-calls -fno-unroll-loops \
	-fno-stack-protector -U_FORTIFY_SOURCE -pthread
victim_cflags = -std=gnu17 $(WARNING_FLAGS) $(victim_flags)
victim_cxxflags = -Wall -Wextra $(victim_flags)

check_PROGRAMS += \
	%D%/targets/api \
	%D%/targets/asprintf \
	%D%/targets/bump.so \
	%D%/targets/caller \
	%D%/targets/children \
	%D%/targets/contract \
	%D%/targets/count \
	%D%/targets/deny \
	%D%/targets/diag_ends \
	%D%/targets/diag_memory \
	%D%/targets/diag_places \
	%D%/targets/diag_plugin.so \
	%D%/targets/diag_throw \
	%D%/targets/explore_evil \
	%D%/targets/explore_named \
	%D%/targets/explore_victim \
	%D%/targets/family \
	%D%/targets/goodbye \
	%D%/targets/hostile \
	%D%/targets/interrupted.so \
	%D%/targets/killed \
	%D%/targets/leaker \
	%D%/targets/libfetch.so \
	%D%/targets/libthrowing.so \
	%D%/targets/libnest.so \
	%D%/targets/mapping \
	%D%/targets/names \
	%D%/targets/nest \
	%D%/targets/nest-bare \
	%D%/targets/nest-stripped \
	%D%/targets/old-kernel \
	%D%/targets/odd \
	%D%/targets/opener \
	%D%/targets/ownmalloc \
	%D%/targets/pages_victim \
	%D%/targets/plugin.so \
	%D%/targets/quiet \
	%D%/targets/recorded \
	%D%/targets/recursive-puts \
	%D%/targets/server \
	%D%/targets/scribble \
	%D%/targets/sites \
	%D%/targets/startup \
	%D%/targets/stress \
	%D%/targets/throw \
	%D%/targets/throwing \
	%D%/targets/tree \
	%D%/targets/writer

%C%_targets_api_SOURCES = %D%/targets/api.c %D%/targets/say.h
%C%_targets_api_CFLAGS = $(victim_cflags)
%C%_targets_asprintf_SOURCES = %D%/targets/asprintf.c
%C%_targets_asprintf_CFLAGS = $(victim_cflags)
%C%_targets_children_SOURCES = %D%/targets/children.c %D%/targets/say.h
%C%_targets_children_CFLAGS = $(victim_cflags)
%C%_targets_contract_SOURCES = %D%/targets/contract.c %D%/targets/say.h
%C%_targets_contract_CFLAGS = $(victim_cflags)
%C%_targets_count_SOURCES = %D%/targets/count.c %D%/targets/say.h
%C%_targets_count_CFLAGS = $(victim_cflags)
%C%_targets_deny_SOURCES = %D%/targets/deny.c %D%/targets/say.h
%C%_targets_deny_CFLAGS = $(victim_cflags)
%C%_targets_diag_ends_SOURCES = %D%/targets/diag_ends.c %D%/targets/bug.h
%C%_targets_diag_ends_CFLAGS = $(victim_cflags)
%C%_targets_diag_memory_SOURCES = %D%/targets/diag_memory.c %D%/targets/bug.h
%C%_targets_diag_memory_CFLAGS = $(victim_cflags)
%C%_targets_diag_places_SOURCES = %D%/targets/diag_places.c %D%/targets/bug.h
%C%_targets_diag_places_CFLAGS = $(victim_cflags)
%C%_targets_explore_evil_SOURCES = %D%/targets/explore_evil.c
%C%_targets_explore_evil_CFLAGS = $(victim_cflags)
%C%_targets_explore_named_SOURCES = %D%/targets/explore_named.c
%C%_targets_explore_named_CFLAGS = $(victim_cflags)
%C%_targets_explore_victim_SOURCES = %D%/targets/explore_victim.c
%C%_targets_explore_victim_CFLAGS = $(victim_cflags)
%C%_targets_family_SOURCES = %D%/targets/family.c
%C%_targets_family_CFLAGS = $(victim_cflags)
%C%_targets_hostile_SOURCES = %D%/targets/hostile.c %D%/targets/say.h
%C%_targets_hostile_CFLAGS = $(victim_cflags)
%C%_targets_killed_SOURCES = %D%/targets/killed.c %D%/targets/say.h
%C%_targets_killed_CFLAGS = $(victim_cflags)
%C%_targets_leaker_SOURCES = %D%/targets/leaker.c
%C%_targets_leaker_CFLAGS = $(victim_cflags)
%C%_targets_mapping_SOURCES = %D%/targets/mapping.c %D%/targets/say.h
%C%_targets_mapping_CFLAGS = $(victim_cflags)
%C%_targets_old_kernel_SOURCES = %D%/targets/old_kernel.c
%C%_targets_old_kernel_CFLAGS = $(victim_cflags)
%C%_targets_odd_SOURCES = %D%/targets/odd.c %D%/targets/say.h
%C%_targets_odd_CFLAGS = $(victim_cflags)
%C%_targets_opener_SOURCES = %D%/targets/opener.c %D%/targets/say.h
%C%_targets_opener_CFLAGS = $(victim_cflags)
%C%_targets_ownmalloc_SOURCES = %D%/targets/ownmalloc.c
%C%_targets_ownmalloc_CFLAGS = $(victim_cflags)
%C%_targets_pages_victim_SOURCES = %D%/targets/pages_victim.c
%C%_targets_pages_victim_CFLAGS = $(victim_cflags)
%C%_targets_quiet_SOURCES = %D%/targets/quiet.c
%C%_targets_quiet_CFLAGS = $(victim_cflags)
%C%_targets_recorded_SOURCES = %D%/targets/recorded.c %D%/targets/say.h
%C%_targets_recorded_CFLAGS = $(victim_cflags)
%C%_targets_recursive_puts_SOURCES = %D%/targets/recursive_puts.c
%C%_targets_recursive_puts_CFLAGS = $(victim_cflags)
%C%_targets_server_SOURCES = %D%/targets/server.c %D%/targets/say.h
%C%_targets_server_CFLAGS = $(victim_cflags)
%C%_targets_scribble_SOURCES = %D%/targets/scribble.c %D%/targets/say.h
%C%_targets_scribble_CFLAGS = $(victim_cflags)
%C%_targets_startup_SOURCES = %D%/targets/startup.c %D%/targets/say.h
%C%_targets_startup_CFLAGS = $(victim_cflags)
%C%_targets_stress_SOURCES = %D%/targets/stress.c %D%/targets/say.h
%C%_targets_stress_CFLAGS = $(victim_cflags)
%C%_targets_tree_SOURCES = %D%/targets/tree.c %D%/targets/say.h
%C%_targets_tree_CFLAGS = $(victim_cflags)
%C%_targets_writer_SOURCES = %D%/targets/writer.c
%C%_targets_writer_CFLAGS = $(victim_cflags)
%C%_targets_diag_throw_SOURCES = %D%/targets/diag_throw.cc %D%/targets/bug.h
%C%_targets_diag_throw_CXXFLAGS = $(victim_cxxflags)
%C%_targets_goodbye_SOURCES = %D%/targets/goodbye.cc %D%/targets/say.h
%C%_targets_goodbye_CXXFLAGS = $(victim_cxxflags)
%C%_targets_throw_SOURCES = %D%/targets/throw.cc %D%/targets/say.h
%C%_targets_throw_CXXFLAGS = $(victim_cxxflags)

%C%_targets_bump_so_SOURCES = %D%/targets/bump.c
%C%_targets_bump_so_CFLAGS = $(victim_cflags) -fPIC
%C%_targets_bump_so_LDFLAGS = -shared
%C%_targets_interrupted_so_SOURCES = %D%/targets/interrupted.c
%C%_targets_interrupted_so_CFLAGS = $(victim_cflags) -fPIC
%C%_targets_interrupted_so_LDFLAGS = -shared
%C%_targets_libfetch_so_SOURCES = %D%/targets/fetch.c %D%/targets/fetch.h
%C%_targets_libfetch_so_CFLAGS = $(victim_cflags) -fPIC
%C%_targets_libfetch_so_LDFLAGS = -shared -Wl,-soname,libfetch.so
%C%_targets_diag_plugin_so_SOURCES = %D%/targets/diag_plugin.c %D%/targets/bug.h
%C%_targets_diag_plugin_so_CFLAGS = $(victim_cflags) -fPIC
%C%_targets_diag_plugin_so_LDFLAGS = -shared
%C%_targets_plugin_so_SOURCES = %D%/targets/plugin.c %D%/targets/say.h
%C%_targets_plugin_so_CFLAGS = $(victim_cflags) -fPIC
%C%_targets_plugin_so_LDFLAGS = -shared
%C%_targets_libnest_so_SOURCES = %D%/targets/nestlib.c %D%/targets/nest.h
%C%_targets_libnest_so_CFLAGS = $(victim_cflags) -fPIC
%C%_targets_libnest_so_LDFLAGS = -shared -Wl,-soname,libnest.so

# The same with debug information, with a symbol table only, and with neither.
nest_sources = %D%/targets/nest.c %D%/targets/nest.h
nest_ldflags = '-Wl,-rpath,$$ORIGIN'
%C%_targets_nest_SOURCES = $(nest_sources)
%C%_targets_nest_CFLAGS = $(victim_cflags)
%C%_targets_nest_LDFLAGS = $(nest_ldflags)
%C%_targets_nest_LDADD = %D%/targets/libnest.so
%C%_targets_nest_bare_SOURCES = $(nest_sources)
%C%_targets_nest_bare_CFLAGS = $(victim_cflags)
%C%_targets_nest_bare_LDFLAGS = $(nest_ldflags) -Wl,--strip-debug
%C%_targets_nest_bare_LDADD = %D%/targets/libnest.so
%C%_targets_nest_stripped_SOURCES = $(nest_sources)
%C%_targets_nest_stripped_CFLAGS = $(victim_cflags)
%C%_targets_nest_stripped_LDFLAGS = $(nest_ldflags) -Wl,--strip-all
%C%_targets_nest_stripped_LDADD = %D%/targets/libnest.so
%C%_targets_names_SOURCES = %D%/targets/names.cc
%C%_targets_names_CXXFLAGS = $(victim_cxxflags)

# -rdynamic: its functions are to be found by name.
%C%_targets_caller_SOURCES = %D%/targets/caller.c %D%/targets/fetch.h %D%/targets/say.h
%C%_targets_caller_CFLAGS = $(victim_cflags)
%C%_targets_caller_LDFLAGS = -rdynamic '-Wl,-rpath,$$ORIGIN'
%C%_targets_caller_LDADD = %D%/targets/libfetch.so
%C%_targets_sites_SOURCES = %D%/targets/sites.c %D%/targets/fetch.h
%C%_targets_sites_CFLAGS = $(victim_cflags)
%C%_targets_sites_LDFLAGS = '-Wl,-rpath,$$ORIGIN'
%C%_targets_sites_LDADD = %D%/targets/libfetch.so
# Linked in front of libstdc++, so that its part of the runtime is the one that is used.
%C%_targets_libthrowing_so_SOURCES = %D%/targets/throwing.c %D%/targets/bug.h
%C%_targets_libthrowing_so_CFLAGS = $(victim_cflags) -fPIC
%C%_targets_libthrowing_so_LDFLAGS = -shared -Wl,-soname,libthrowing.so
%C%_targets_throwing_SOURCES = %D%/targets/throwing.cc %D%/targets/bug.h
%C%_targets_throwing_CXXFLAGS = $(victim_cxxflags)
%C%_targets_throwing_LDFLAGS = '-Wl,-rpath,$$ORIGIN'
%C%_targets_throwing_LDADD = %D%/targets/libthrowing.so

cases = \
	%D%/cases/explore/agree.sh \
	%D%/cases/explore/baseline.sh \
	%D%/cases/library/allocators.sh \
	%D%/cases/self/analyse.sh \
	%D%/cases/library/api.sh \
	%D%/cases/triggers/arm.sh \
	%D%/cases/platforms/arrays.sh \
	%D%/cases/explore/bypassed.sh \
	%D%/cases/library/children.sh \
	%D%/cases/self/clean.sh \
	%D%/cases/cmd/completions.sh \
	%D%/cases/library/contract.sh \
	%D%/cases/cmd/control.sh \
	%D%/cases/library/cplusplus.sh \
	%D%/cases/explore/crashsites.sh \
	%D%/cases/diagnose/diagnose.sh \
	%D%/cases/self/direction.sh \
	%D%/cases/self/self_explore.sh \
	%D%/cases/cmd/ends.sh \
	%D%/cases/explore/evil.sh \
	%D%/cases/triggers/exact.sh \
	%D%/cases/explore/explore.sh \
	%D%/cases/triggers/filters.sh \
	%D%/cases/diagnose/finding.sh \
	%D%/cases/explore/follow.sh \
	%D%/cases/report/formats.sh \
	%D%/cases/self/fuzz.sh \
	%D%/cases/self/garbage.sh \
	%D%/cases/triggers/heap.sh \
	%D%/cases/trace/histogram.sh \
	%D%/cases/explore/inferred.sh \
	%D%/cases/library/hostile.sh \
	%D%/cases/library/imports.sh \
	%D%/cases/explore/inplace.sh \
	%D%/cases/triggers/jq.sh \
	%D%/cases/cmd/killed.sh \
	%D%/cases/library/languages.sh \
	%D%/cases/explore/leaks.sh \
	%D%/cases/self/lint.sh \
	%D%/cases/self/self_oom.sh \
	%D%/cases/diagnose/named.sh \
	%D%/cases/library/odd.sh \
	%D%/cases/platforms/package.sh \
	%D%/cases/library/pages.sh \
	%D%/cases/cmd/plain.sh \
	%D%/cases/triggers/policies.sh \
	%D%/cases/platforms/ports.sh \
	%D%/cases/cmd/program.sh \
	%D%/cases/library/programs.sh \
	%D%/cases/self/races.sh \
	%D%/cases/cmd/readme.sh \
	%D%/cases/platforms/recipes.sh \
	%D%/cases/platforms/systems.sh \
	%D%/cases/explore/replay.sh \
	%D%/cases/report/report.sh \
	%D%/cases/self/resources.sh \
	%D%/cases/diagnose/sanitizer.sh \
	%D%/cases/library/scribble.sh \
	%D%/cases/self/security.sh \
	%D%/cases/explore/shards.sh \
	%D%/cases/explore/sites.sh \
	%D%/cases/self/soak.sh \
	%D%/cases/cmd/terminal.py \
	%D%/cases/triggers/threads.sh \
	%D%/cases/triggers/time.sh \
	%D%/cases/report/told.sh \
	%D%/cases/trace/trace.sh \
	%D%/cases/cmd/usage.sh \
	%D%/cases/explore/valgrind.sh \
	%D%/cases/diagnose/variants.sh \
	%D%/cases/explore/watch.sh \
	%D%/cases/explore/wrappers.sh
if RUNNER
TESTS += $(cases) %D%/unit/validate_policies.py
endif

EXTRA_DIST += $(cases) \
	%D%/api \
	%D%/cases/library/exports.list \
	%D%/cases/library/imports.allowed \
	%D%/policies \
	%D%/tap.sh \
	%D%/targets/overrun.c \
	%D%/unit/annotated.h \
	%D%/unit/validate_policies.py \
	%D%/validate.py

# Unit tests: libcheck, each a program; what they test carries the sanitizers.
unit_names = \
	%D%/unit/core/test_arena \
	%D%/unit/trials/test_barrier \
	%D%/unit/core/test_channel \
	%D%/unit/target/test_channelfile \
	%D%/unit/target/test_tracee \
	%D%/unit/core/test_control \
	%D%/unit/diagnose/test_cycle \
	%D%/unit/core/test_decide \
	%D%/unit/code/test_demangle \
	%D%/unit/util/test_helper \
	%D%/unit/core/test_glob \
	%D%/unit/trace/test_histogram \
	%D%/unit/crash/test_instruction_aarch64 \
	%D%/unit/crash/test_instruction_x86_64 \
	%D%/unit/core/test_journal \
	%D%/unit/util/test_json \
	%D%/unit/core/test_locate \
	%D%/unit/results/test_merging \
	%D%/unit/diagnose/test_misuse \
	%D%/unit/diagnose/test_outcome \
	%D%/unit/core/test_plan \
	%D%/unit/trials/test_points \
	%D%/unit/core/test_policy \
	%D%/unit/preload/test_races \
	%D%/unit/diagnose/test_recursion \
	%D%/unit/util/test_fault_guard \
	%D%/unit/formats/test_source \
	%D%/unit/core/test_stackid \
	%D%/unit/code/test_symbol \
	%D%/unit/results/test_coverage_json \
	%D%/unit/util/test_printable \
	%D%/unit/trace/test_trace \
	%D%/unit/crash/test_unwind \
	%D%/unit/preload/test_writers
unit_shared = %D%/unit/unit.c %D%/unit/unit.h
unit_cflags = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_libs = libcore.a $(CHECK_LIBS) $(JANSSON_LIBS)
unit_backtrace = $(unit_shared) %D%/unit/backtrace.c %D%/unit/backtrace.h
unit_traced = $(unit_shared) %D%/unit/traced.c %D%/unit/traced.h
if HAVE_CHECK
check_PROGRAMS += $(unit_names)
TESTS += $(unit_names)
endif
%C%_unit_core_test_arena_SOURCES = %D%/unit/core/test_arena.c $(unit_shared)
%C%_unit_core_test_arena_CFLAGS = $(unit_cflags)
%C%_unit_core_test_arena_LDADD = $(unit_libs)
%C%_unit_trials_test_barrier_SOURCES = %D%/unit/trials/test_barrier.c $(unit_shared)
%C%_unit_trials_test_barrier_CFLAGS = $(unit_cflags)
%C%_unit_trials_test_barrier_LDADD = $(runner_libs) $(unit_libs)
%C%_unit_core_test_channel_SOURCES = %D%/unit/core/test_channel.c $(unit_shared)
%C%_unit_core_test_channel_CFLAGS = $(unit_cflags)
%C%_unit_core_test_channel_LDADD = $(unit_libs)
%C%_unit_target_test_channelfile_SOURCES = %D%/unit/target/test_channelfile.c $(unit_shared)
%C%_unit_target_test_channelfile_CFLAGS = $(unit_cflags)
%C%_unit_target_test_channelfile_LDADD = librunner.a $(unit_libs)
%C%_unit_target_test_tracee_SOURCES = %D%/unit/target/test_tracee.c $(unit_shared)
%C%_unit_target_test_tracee_CFLAGS = $(unit_cflags)
%C%_unit_target_test_tracee_LDADD = librunner.a $(unit_libs)
%C%_unit_core_test_control_SOURCES = %D%/unit/core/test_control.c $(unit_shared)
%C%_unit_core_test_control_CFLAGS = $(unit_cflags)
%C%_unit_core_test_control_LDADD = $(unit_libs)
%C%_unit_core_test_decide_SOURCES = %D%/unit/core/test_decide.c $(unit_shared)
%C%_unit_core_test_decide_CFLAGS = $(unit_cflags)
%C%_unit_core_test_decide_LDADD = $(unit_libs)
%C%_unit_core_test_glob_SOURCES = %D%/unit/core/test_glob.c $(unit_shared)
%C%_unit_core_test_glob_CFLAGS = $(unit_cflags)
%C%_unit_core_test_glob_LDADD = $(unit_libs)
# Pure: each machine's are read on all of them.
%C%_unit_crash_test_instruction_aarch64_SOURCES = %D%/unit/crash/test_instruction_aarch64.c $(unit_shared) \
	src/runner/crash/instruction_aarch64.c
%C%_unit_crash_test_instruction_aarch64_CFLAGS = $(unit_cflags)
%C%_unit_crash_test_instruction_aarch64_LDADD = $(unit_libs)
%C%_unit_crash_test_instruction_x86_64_SOURCES = %D%/unit/crash/test_instruction_x86_64.c $(unit_shared) \
	src/runner/crash/instruction_x86_64.c
%C%_unit_crash_test_instruction_x86_64_CFLAGS = $(unit_cflags)
%C%_unit_crash_test_instruction_x86_64_LDADD = $(unit_libs)
%C%_unit_core_test_journal_SOURCES = %D%/unit/core/test_journal.c $(unit_shared)
%C%_unit_core_test_journal_CFLAGS = $(unit_cflags)
%C%_unit_core_test_journal_LDADD = $(unit_libs)
%C%_unit_util_test_json_SOURCES = %D%/unit/util/test_json.c $(unit_shared)
%C%_unit_util_test_json_CFLAGS = $(unit_cflags) $(JANSSON_CFLAGS)
%C%_unit_util_test_json_LDADD = librunner.a $(unit_libs)
%C%_unit_core_test_locate_SOURCES = %D%/unit/core/test_locate.c $(unit_shared)
%C%_unit_core_test_locate_CFLAGS = $(unit_cflags)
%C%_unit_core_test_locate_LDADD = $(unit_libs)
%C%_unit_results_test_merging_SOURCES = %D%/unit/results/test_merging.c $(unit_shared)
%C%_unit_results_test_merging_CFLAGS = $(unit_cflags) $(JANSSON_CFLAGS)
%C%_unit_results_test_merging_LDADD = librunner.a $(unit_libs)
%C%_unit_diagnose_test_cycle_SOURCES = %D%/unit/diagnose/test_cycle.c $(unit_shared)
%C%_unit_diagnose_test_cycle_CFLAGS = $(unit_cflags)
%C%_unit_diagnose_test_cycle_LDADD = librunner.a $(unit_libs)
%C%_unit_diagnose_test_misuse_SOURCES = %D%/unit/diagnose/test_misuse.c $(unit_shared)
%C%_unit_diagnose_test_misuse_CFLAGS = $(unit_cflags)
%C%_unit_diagnose_test_misuse_LDADD = librunner.a $(unit_libs)
%C%_unit_diagnose_test_outcome_SOURCES = %D%/unit/diagnose/test_outcome.c $(unit_backtrace) \
	%D%/unit/diagnose/record.h %D%/unit/diagnose/records_ends.c %D%/unit/diagnose/records_exceptions.c \
	%D%/unit/diagnose/records_memory.c %D%/unit/diagnose/records_pointers.c
%C%_unit_diagnose_test_outcome_CFLAGS = $(unit_cflags)
%C%_unit_diagnose_test_outcome_LDADD = librunner.a $(unit_libs)
%C%_unit_core_test_plan_SOURCES = %D%/unit/core/test_plan.c $(unit_shared)
%C%_unit_core_test_plan_CFLAGS = $(unit_cflags)
%C%_unit_core_test_plan_LDADD = $(unit_libs)
%C%_unit_trials_test_points_SOURCES = %D%/unit/trials/test_points.c $(unit_shared)
%C%_unit_trials_test_points_CFLAGS = $(unit_cflags)
%C%_unit_trials_test_points_LDADD = $(runner_libs) $(unit_libs)
%C%_unit_core_test_policy_SOURCES = %D%/unit/core/test_policy.c $(unit_shared)
%C%_unit_core_test_policy_CFLAGS = $(unit_cflags)
%C%_unit_core_test_policy_LDADD = $(unit_libs)
# The library's own rooms that many threads are in, checked as the test is.
%C%_unit_preload_test_races_SOURCES = %D%/unit/preload/test_races.c $(unit_shared) \
	src/preload/explore/account.c src/preload/base/inside.c src/preload/policy/thread_counters.c src/preload/explore/stacks.c
%C%_unit_preload_test_races_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/src/preload/machine/$(MACHINE)
%C%_unit_preload_test_races_CFLAGS = $(unit_cflags)
%C%_unit_preload_test_races_LDADD = $(unit_libs)
%C%_unit_diagnose_test_recursion_SOURCES = %D%/unit/diagnose/test_recursion.c $(unit_backtrace)
%C%_unit_diagnose_test_recursion_CFLAGS = $(unit_cflags)
%C%_unit_diagnose_test_recursion_LDADD = librunner.a $(unit_libs)
%C%_unit_util_test_fault_guard_SOURCES = %D%/unit/util/test_fault_guard.c $(unit_shared)
%C%_unit_util_test_fault_guard_CFLAGS = $(unit_cflags)
%C%_unit_util_test_fault_guard_LDADD = librunner.a $(unit_libs)
%C%_unit_formats_test_source_SOURCES = %D%/unit/formats/test_source.c $(unit_shared)
%C%_unit_formats_test_source_CFLAGS = $(unit_cflags) $(JANSSON_CFLAGS)
%C%_unit_formats_test_source_LDADD = librunner.a $(unit_libs)
%C%_unit_core_test_stackid_SOURCES = %D%/unit/core/test_stackid.c $(unit_shared)
%C%_unit_core_test_stackid_CFLAGS = $(unit_cflags)
%C%_unit_core_test_stackid_LDADD = $(unit_libs)
%C%_unit_code_test_demangle_SOURCES = %D%/unit/code/test_demangle.c $(unit_shared)
%C%_unit_code_test_demangle_CFLAGS = $(unit_cflags)
%C%_unit_code_test_demangle_LDADD = librunner.a $(runner_libs) $(unit_libs)
%C%_unit_util_test_helper_SOURCES = %D%/unit/util/test_helper.c $(unit_shared)
%C%_unit_util_test_helper_CFLAGS = $(unit_cflags)
%C%_unit_util_test_helper_LDADD = librunner.a $(unit_libs)
%C%_unit_code_test_symbol_SOURCES = %D%/unit/code/test_symbol.c $(unit_traced)
%C%_unit_code_test_symbol_CFLAGS = $(unit_cflags)
%C%_unit_code_test_symbol_LDADD = $(runner_libs) $(unit_libs)
%C%_unit_results_test_coverage_json_SOURCES = %D%/unit/results/test_coverage_json.c $(unit_shared)
%C%_unit_results_test_coverage_json_CFLAGS = $(unit_cflags) $(JANSSON_CFLAGS)
%C%_unit_results_test_coverage_json_LDADD = librunner.a $(unit_libs)
%C%_unit_util_test_printable_SOURCES = %D%/unit/util/test_printable.c $(unit_shared)
%C%_unit_util_test_printable_CFLAGS = $(unit_cflags)
%C%_unit_util_test_printable_LDADD = librunner.a $(unit_libs)
%C%_unit_trace_test_histogram_SOURCES = %D%/unit/trace/test_histogram.c $(unit_shared)
%C%_unit_trace_test_histogram_CFLAGS = $(unit_cflags)
%C%_unit_trace_test_histogram_LDADD = $(runner_libs) $(unit_libs)
%C%_unit_trace_test_trace_SOURCES = %D%/unit/trace/test_trace.c $(unit_shared)
%C%_unit_trace_test_trace_CFLAGS = $(unit_cflags)
%C%_unit_trace_test_trace_LDADD = $(runner_libs) $(unit_libs)
%C%_unit_crash_test_unwind_SOURCES = %D%/unit/crash/test_unwind.c $(unit_traced)
%C%_unit_crash_test_unwind_CFLAGS = $(unit_cflags)
%C%_unit_crash_test_unwind_LDADD = $(runner_libs) $(unit_libs)
%C%_unit_preload_test_writers_SOURCES = %D%/unit/preload/test_writers.c $(unit_shared) \
	src/preload/trace/definitions.c src/preload/trace/record.c src/preload/base/sys.c \
	src/preload/trace/tracefile.c src/preload/trace/writer.c
%C%_unit_preload_test_writers_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/src/preload/machine/$(MACHINE)
%C%_unit_preload_test_writers_CFLAGS = $(unit_cflags)
%C%_unit_preload_test_writers_LDFLAGS = -Wl,--wrap=mf_sys_map_shared,--wrap=mf_sys_unmap
%C%_unit_preload_test_writers_LDADD = $(runner_libs) $(unit_libs)

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
fuzz_cppflags = $(AM_CPPFLAGS)
%C%_fuzz_fuzz_channel_SOURCES = %D%/fuzz/fuzz_channel.c $(fuzz_scribble)
%C%_fuzz_fuzz_channel_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_fuzz_channel_LDADD = $(runner_libs)
%C%_fuzz_fuzz_explore_SOURCES = %D%/fuzz/fuzz_explore.c $(fuzz_scribble)
%C%_fuzz_fuzz_explore_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_fuzz_explore_LDADD = $(runner_libs)
%C%_fuzz_fuzz_findings_SOURCES = %D%/fuzz/fuzz_findings.c $(fuzz_shared)
%C%_fuzz_fuzz_findings_CPPFLAGS = $(fuzz_cppflags) $(XML_CFLAGS)
%C%_fuzz_fuzz_findings_LDADD = $(runner_libs)
%C%_fuzz_fuzz_policy_SOURCES = %D%/fuzz/fuzz_policy.c $(fuzz_shared)
%C%_fuzz_fuzz_policy_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_fuzz_policy_LDADD = libcore.a $(JANSSON_LIBS)
%C%_fuzz_fuzz_trace_SOURCES = %D%/fuzz/fuzz_trace.c $(fuzz_shared)
%C%_fuzz_fuzz_trace_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_fuzz_trace_LDADD = $(runner_libs)
EXTRA_DIST += %D%/fuzz/fuzz.sh %D%/fuzz/findings.dict %D%/fuzz/policy.dict %D%/fuzz/corpus

.PHONY: fuzz
fuzz:
	MF_SOURCE='$(abs_top_srcdir)' \
	FUZZ_FLAGS='$(JANSSON_CFLAGS) $(ELF_CFLAGS) $(DW_CFLAGS) $(SECCOMP_CFLAGS) $(XML_CFLAGS)' \
	FUZZ_OBJECTS='$(libcore_a_OBJECTS) $(librunner_a_OBJECTS)' \
	FUZZ_LIBS='$(DW_LIBS) $(ELF_LIBS) $(SECCOMP_LIBS) $(XML_LIBS) $(DEMANGLE_LIBS) $(JANSSON_LIBS)' \
		$(SHELL) $(srcdir)/%D%/fuzz/fuzz.sh

# What analysers have to say of the sources.
EXTRA_DIST += %D%/analyse.sh %D%/analyse.exceptions

.PHONY: analyse
analyse:
	MF_SOURCE='$(abs_top_srcdir)' \
	ANALYSE_FLAGS='-Isrc/preload/machine/$(MACHINE) $(JANSSON_CFLAGS) $(ELF_CFLAGS) $(DW_CFLAGS) $(SECCOMP_CFLAGS) $(XML_CFLAGS)' \
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
