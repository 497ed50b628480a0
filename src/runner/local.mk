# SPDX-License-Identifier: MIT
# mallocfail: everything but main.c is a library, so that tests can link it.
if RUNNER
noinst_LIBRARIES += librunner.a
bin_PROGRAMS += mallocfail
endif
librunner_a_SOURCES = \
	%D%/trials/attempt.c %D%/trials/attempt.h \
	%D%/inplace/barrier.c %D%/inplace/barrier.h \
	%D%/results/suppressions.c %D%/results/suppressions.h \
	%D%/results/baseline.c %D%/results/baseline.h \
	%D%/breakpoint/breakpoints.c %D%/breakpoint/breakpoints.h \
	%D%/breakpoint/call.c %D%/breakpoint/call.h \
	%D%/breakpoint/callstack.c %D%/breakpoint/callstack.h \
	%D%/breakpoint/machine.h \
	%D%/breakpoint/gates.c %D%/breakpoint/gates.h \
	%D%/breakpoint/plan.c %D%/breakpoint/plan.h \
	%D%/breakpoint/remote.c %D%/breakpoint/remote.h \
	%D%/breakpoint/served.c %D%/breakpoint/served.h \
	%D%/crash/buildid.c %D%/crash/buildid.h \
	%D%/diagnose/callname.c %D%/diagnose/callname.h \
	%D%/trials/campaign.c %D%/trials/campaign.h \
	%D%/util/capture.c %D%/util/capture.h \
	%D%/target/channelfile.c %D%/target/channelfile.h \
	%D%/trials/circumstances.c %D%/trials/circumstances.h \
	%D%/trials/commands.c %D%/trials/commands.h \
	%D%/target/clibrary.c %D%/target/clibrary.h \
	%D%/util/clock.h \
	%D%/cmd/cmd.c %D%/cmd/cmd.h \
	%D%/cmd/cmd_check.c \
	%D%/cmd/cmd_ctl.c \
	%D%/cmd/cmd_explore.c \
	%D%/cmd/advice.c %D%/cmd/advice.h \
	%D%/cmd/cmd_help.c \
	%D%/cmd/cmd_histogram.c \
	%D%/cmd/cmd_list.c \
	%D%/cmd/cmd_merge.c \
	%D%/cmd/cmd_replay.c \
	%D%/cmd/cmd_report.c \
	%D%/cmd/cmd_run.c \
	%D%/cmd/cmd_serve.c \
	%D%/cmd/cmd_suite.c \
	%D%/explore/reproduction.c %D%/explore/reproduction.h \
	%D%/cmd/cmd_trace.c \
	%D%/results/chosen.c %D%/results/chosen.h \
	%D%/results/coverage.c %D%/results/coverage.h \
	%D%/crash/crash.c %D%/crash/crash.h \
	%D%/diagnose/explanation.c %D%/diagnose/explanation.h \
	%D%/diagnose/cycle.c %D%/diagnose/cycle.h \
	%D%/code/debugfile.c %D%/code/debugfile.h \
	%D%/cmd/debugger.c %D%/cmd/debugger.h \
	%D%/code/debuginfo.c %D%/code/debuginfo.h \
	%D%/trials/defects.c %D%/trials/defects.h \
	%D%/code/demangle.c %D%/code/demangle.h %D%/code/rustname.h \
	%D%/formats/destinations.c %D%/formats/destinations.h \
	%D%/util/diag.c %D%/util/diag.h \
	%D%/trials/difference.c %D%/trials/difference.h \
	%D%/formats/document.c %D%/formats/document.h \
	%D%/util/wrap.c %D%/util/wrap.h \
	%D%/code/elffile.c %D%/code/elffile.h \
	%D%/util/helper.c %D%/util/helper.h \
	%D%/patch/inner.c %D%/patch/inner.h \
	%D%/patch/patches.c %D%/patch/patches.h \
	%D%/patch/reach.c %D%/patch/reach.h \
	%D%/patch/relocate.c %D%/patch/relocate.h \
	%D%/patch/search.c %D%/patch/search.h \
	%D%/patch/wantedname.c %D%/patch/wantedname.h \
	%D%/patch/relocate_aarch64.c %D%/patch/relocate_x86_64.c \
	%D%/target/environment.c %D%/target/environment.h \
	%D%/explore/conclusion.c %D%/explore/conclusion.h \
	%D%/explore/explore.c %D%/explore/explore.h \
	%D%/explore/schedule.c %D%/explore/schedule.h \
	%D%/util/colour.h \
	%D%/util/path.h \
	%D%/util/utf8.c %D%/util/utf8.h \
	%D%/trials/timeless.c %D%/trials/timeless.h \
	%D%/util/unnamed.c %D%/util/unnamed.h \
	%D%/util/wait.c %D%/util/wait.h \
	%D%/util/figures.c %D%/util/figures.h \
	%D%/diagnose/cause.c %D%/diagnose/cause.h \
	%D%/diagnose/death.c %D%/diagnose/death.h \
	%D%/diagnose/finding.c %D%/diagnose/finding.h \
	%D%/diagnose/named_stack.c %D%/diagnose/named_stack.h \
	%D%/diagnose/terminate.c %D%/diagnose/terminate.h \
	%D%/diagnose/signature.c %D%/diagnose/signature.h \
	%D%/diagnose/verdict.c %D%/diagnose/verdict.h \
	%D%/formats/finding_text.c %D%/formats/finding_text.h \
	%D%/formats/format_github.c \
	%D%/formats/format_html.c \
	%D%/formats/format_json.c \
	%D%/formats/format_junit.c \
	%D%/formats/format_sarif.c \
	%D%/formats/format_text.c \
	%D%/formats/formats.c %D%/formats/formats.h \
	%D%/cmd/control_client.c %D%/cmd/control_client.h \
	%D%/util/highfd.c %D%/util/highfd.h \
	%D%/formats/html.c %D%/formats/html.h \
	%D%/formats/html_coverage.c \
	%D%/formats/html_tests.c \
	%D%/formats/html_finding.c \
	%D%/crash/facts.h \
	%D%/crash/rawstack.c %D%/crash/rawstack.h \
	%D%/crash/heap.c %D%/crash/heap.h \
	%D%/trace/histogram.c %D%/trace/histogram.h \
	%D%/trace/histogram_html.c \
	%D%/trace/histogram_svg.c %D%/trace/svg.c %D%/trace/svg.h \
	%D%/trace/histogram_text.c \
	%D%/trace/histogram_view.c %D%/trace/histogram_view.h \
	%D%/target/image.c %D%/target/image.h \
	%D%/inplace/inferred.c %D%/inplace/inferred.h \
	%D%/inplace/child.c %D%/inplace/child.h \
	%D%/inplace/remains.c %D%/inplace/remains.h \
	%D%/inplace/enclosed.c %D%/inplace/enclosed.h \
	%D%/inplace/forerunner.c %D%/inplace/forerunner.h \
	%D%/inplace/held.c %D%/inplace/held.h \
	%D%/inplace/control.c %D%/inplace/control.h \
	%D%/inplace/origin.c %D%/inplace/origin.h \
	%D%/inplace/inplace.c %D%/inplace/inplace.h \
	%D%/crash/instruction.h \
	%D%/code/inlining.c %D%/code/inlining.h \
	%D%/run/inlined.c %D%/run/inlined.h \
	%D%/patch/nearname.c %D%/patch/nearname.h \
	%D%/run/job.c %D%/run/job.h \
	%D%/run/later.c %D%/run/later.h \
	%D%/util/exact.c %D%/util/exact.h \
	%D%/util/json.c %D%/util/json.h \
	%D%/trials/horizon.c %D%/trials/horizon.h \
	%D%/trials/judge.c %D%/trials/judge.h \
	%D%/points/processes.c %D%/points/processes.h \
	%D%/target/installed.c %D%/target/installed.h \
	%D%/target/launch.c %D%/target/launch.h \
	%D%/target/libraries.c %D%/target/libraries.h \
	%D%/target/account.c %D%/target/account.h \
	%D%/target/leaks.c %D%/target/leaks.h \
	%D%/target/leftopen.c %D%/target/leftopen.h \
	%D%/target/library.c %D%/target/library.h \
	%D%/crash/stopped.c %D%/crash/stopped.h \
	%D%/trace/liveheap.c %D%/trace/liveheap.h \
	%D%/crash/maps.c %D%/crash/maps.h \
	%D%/util/markup.c %D%/util/markup.h \
	%D%/run/static_program.c %D%/run/static_program.h \
	%D%/run/others.c %D%/run/others.h \
	%D%/run/answer.c %D%/run/answer.h \
	%D%/run/preflight.c %D%/run/preflight.h \
	%D%/run/unseen.c %D%/run/unseen.h \
	%D%/crash/memory.c %D%/crash/memory.h \
	%D%/results/left_json.c %D%/results/left_json.h \
	%D%/results/leftovers.c %D%/results/leftovers.h \
	%D%/results/merging.c %D%/results/merging.h \
	%D%/diagnose/misuse.c %D%/diagnose/misuse.h \
	%D%/diagnose/runtime.c %D%/diagnose/runtime.h \
	%D%/diagnose/sanitizer.c %D%/diagnose/sanitizer.h \
	%D%/diagnose/standard.c %D%/diagnose/standard.h \
	%D%/code/callee.c %D%/code/callee.h \
	%D%/code/functions.c %D%/code/functions.h \
	%D%/code/microcode.h \
	%D%/code/modules.c %D%/code/modules.h \
	%D%/code/returnflow.c %D%/code/returnflow.h \
	%D%/exceptions/callsite.c %D%/exceptions/callsite.h \
	%D%/exceptions/landing.c %D%/exceptions/landing.h \
	%D%/cmd/complete.c %D%/cmd/complete.h \
	%D%/cmd/defaults.c %D%/cmd/defaults.h \
	%D%/cmd/help.c %D%/cmd/help.h \
	%D%/cmd/option_table.c %D%/cmd/option_table.h \
	%D%/cmd/option_value.c %D%/cmd/option_value.h \
	%D%/cmd/options.c %D%/cmd/options.h \
	%D%/cmd/settings.c %D%/cmd/settings.h \
	%D%/cmd/shorthand.c %D%/cmd/shorthand.h \
	%D%/points/byfunction.c %D%/points/byfunction.h \
	%D%/explore/pending.c %D%/explore/pending.h \
	%D%/explore/listing.c %D%/explore/listing.h \
	%D%/formats/sourceroot.c %D%/formats/sourceroot.h \
	%D%/points/selection.c %D%/points/selection.h \
	%D%/run/addresslimit.c %D%/run/addresslimit.h \
	%D%/run/filelimit.c %D%/run/filelimit.h \
	%D%/run/original.c %D%/run/original.h \
	%D%/trials/oracle.c %D%/trials/oracle.h \
	%D%/formats/place.c %D%/formats/place.h \
	%D%/points/novelty.c %D%/points/novelty.h \
	%D%/points/points.c %D%/points/points.h \
	%D%/trials/progress.c %D%/trials/progress.h \
	%D%/trace/recording.c %D%/trace/recording.h \
	%D%/trials/doubts.c %D%/trials/doubts.h \
	%D%/trials/steady.c %D%/trials/steady.h \
	%D%/trials/fresh.c %D%/trials/fresh.h \
	%D%/explore/report_clean.c %D%/explore/report_clean.h \
	%D%/explore/report_explore.c %D%/explore/report_explore.h \
	%D%/explore/trying.c %D%/explore/trying.h \
	%D%/explore/untested.c %D%/explore/untested.h \
	%D%/serve/client.c %D%/serve/client.h \
	%D%/serve/drive.c %D%/serve/drive.h \
	%D%/serve/reproduction.c %D%/serve/reproduction.h \
	%D%/serve/report_serve.c %D%/serve/report_serve.h \
	%D%/serve/serve.c %D%/serve/serve.h \
	%D%/serve/server.c %D%/serve/server.h \
	%D%/serve/stuck.c %D%/serve/stuck.h \
	%D%/serve/trying.c %D%/serve/trying.h \
	%D%/suite/deadline.c %D%/suite/deadline.h \
	%D%/suite/desks.c %D%/suite/desks.h \
	%D%/suite/fresh.c %D%/suite/fresh.h \
	%D%/suite/gaps.c %D%/suite/gaps.h \
	%D%/suite/gone.c %D%/suite/gone.h \
	%D%/suite/guard.c %D%/suite/guard.h \
	%D%/suite/hangs.c %D%/suite/hangs.h \
	%D%/suite/leavers.c %D%/suite/leavers.h \
	%D%/suite/others.c %D%/suite/others.h \
	%D%/suite/owners.c %D%/suite/owners.h \
	%D%/suite/reach.c %D%/suite/reach.h \
	%D%/suite/report_suite.c %D%/suite/report_suite.h \
	%D%/suite/spared.c %D%/suite/spared.h \
	%D%/suite/suite.c %D%/suite/suite.h \
	%D%/suite/untried.c %D%/suite/untried.h \
	%D%/suite/waits.c %D%/suite/waits.h \
	%D%/results/resume.c %D%/results/resume.h \
	%D%/results/results.c %D%/results/results.h \
	%D%/formats/finding_kind.c %D%/formats/finding_kind.h \
	%D%/util/hash_seed.c %D%/util/hash_seed.h \
	%D%/formats/sarif_location.c %D%/formats/sarif_location.h \
	%D%/util/scratch.c %D%/util/scratch.h \
	%D%/trials/sighting.c %D%/trials/sighting.h \
	%D%/trials/sightings.c %D%/trials/sightings.h \
	%D%/crash/glance.c %D%/crash/glance.h \
	%D%/suite/ownends.c %D%/suite/ownends.h \
	%D%/crash/loop.c %D%/crash/loop.h \
	%D%/crash/looped.c %D%/crash/looped.h \
	%D%/crash/look_time.h \
	%D%/crash/stepping.c %D%/crash/stepping.h \
	%D%/trials/glimpses.c %D%/trials/glimpses.h \
	%D%/explore/misses.c %D%/explore/misses.h \
	%D%/trials/audit.c %D%/trials/audit.h \
	%D%/trials/barred.c %D%/trials/barred.h \
	%D%/run/footprint.c %D%/run/footprint.h \
	%D%/inplace/output.c %D%/inplace/output.h \
	%D%/inplace/places.c %D%/inplace/places.h \
	%D%/inplace/symbolizer.c %D%/inplace/symbolizer.h \
	%D%/inplace/stand_in.c %D%/inplace/stand_in.h \
	%D%/trials/trial.c %D%/trials/trial.h \
	%D%/formats/triallist.c %D%/formats/triallist.h \
	%D%/run/timedwait.c %D%/run/timedwait.h \
	%D%/run/timelimit.c %D%/run/timelimit.h \
	%D%/run/watch.c %D%/run/watch.h \
	%D%/diagnose/last_words.c %D%/diagnose/last_words.h \
	%D%/diagnose/sentence.c %D%/diagnose/sentence.h \
	%D%/formats/otherstacks.c %D%/formats/otherstacks.h \
	%D%/results/fingerprint.c %D%/results/fingerprint.h \
	%D%/diagnose/outcome.c %D%/diagnose/outcome.h \
	%D%/util/outfile.c %D%/util/outfile.h \
	%D%/cmd/outname.c %D%/cmd/outname.h \
	%D%/target/policyfile.c %D%/target/policyfile.h \
	%D%/target/procfile.c %D%/target/procfile.h \
	%D%/target/waiting.c %D%/target/waiting.h \
	%D%/target/program.c %D%/target/program.h \
	%D%/crash/registers.h %D%/crash/regset.h \
	%D%/report/report.c %D%/report/report.h \
	%D%/report/finding_json.c %D%/report/finding_json.h \
	%D%/report/report_json.c %D%/report/report_json.h \
	%D%/report/report_pages.c %D%/report/report_pages.h \
	%D%/report/report_text.c %D%/report/report_text.h \
	%D%/diagnose/reproducer.c %D%/diagnose/reproducer.h \
	%D%/diagnose/retries.c %D%/diagnose/retries.h \
	%D%/run/run.c %D%/run/run.h \
	%D%/util/shellword.c %D%/util/shellword.h \
	%D%/util/fault_guard.c %D%/util/fault_guard.h \
	%D%/target/signals.c %D%/target/signals.h \
	%D%/points/stacks.c %D%/points/stacks.h \
	%D%/points/wrappers.c %D%/points/wrappers.h \
	%D%/diagnose/wrapper.h \
	%D%/util/status.h \
	%D%/code/symbol.c %D%/code/symbol.h \
	%D%/code/symbolindex.c %D%/code/symbolindex.h \
	%D%/code/symboltable.c %D%/code/symboltable.h \
	%D%/results/coverage_json.c %D%/results/coverage_json.h \
	%D%/results/exploration_json.c %D%/results/exploration_json.h \
	%D%/results/serve_json.c %D%/results/serve_json.h \
	%D%/results/tests_json.c %D%/results/tests_json.h \
	%D%/results/unreached_json.c %D%/results/unreached_json.h \
	%D%/results/joined.c %D%/results/joined.h \
	%D%/results/joining.c %D%/results/joining.h \
	%D%/formats/source.c %D%/formats/source.h \
	%D%/formats/junit.h \
	%D%/formats/junit_tests.c \
	%D%/formats/tests.c %D%/formats/tests.h \
	%D%/util/printable.c %D%/util/printable.h \
	%D%/target/terminal.c %D%/target/terminal.h \
	%D%/harness/ctestlist.c \
	%D%/harness/harness.c %D%/harness/harness.h \
	%D%/harness/testlist.c %D%/harness/testlist.h \
	%D%/harness/testname.c %D%/harness/testname.h \
	%D%/target/lease_timer.c %D%/target/lease_timer.h \
	%D%/trace/timeline.c %D%/trace/timeline.h \
	%D%/trace/trace_folded.c \
	%D%/trace/trace_json.c \
	%D%/trace/trace_tsv.c \
	%D%/trace/tracedefinitions.c %D%/trace/tracedefinitions.h \
	%D%/target/tracee.c %D%/target/tracee.h \
	%D%/trace/tracefile.c %D%/trace/tracefile.h \
	%D%/trace/tracetext.h \
	%D%/run/pools.c %D%/run/pools.h \
	%D%/run/exitplace.c %D%/run/exitplace.h \
	%D%/target/tree.c %D%/target/tree.h \
	%D%/code/ranges.c %D%/code/ranges.h \
	%D%/code/unitcode.c %D%/code/unitcode.h %D%/code/die.h \
	%D%/code/unpack.c %D%/code/unpack.h \
	%D%/crash/view.c %D%/crash/view.h \
	%D%/crash/unwind.c %D%/crash/unwind.h
nodist_librunner_a_SOURCES = %D%/formats/html_css.c
if HOST_X86_64
librunner_a_SOURCES += %D%/crash/instruction_x86_64.c %D%/crash/registers_x86_64.c \
	%D%/breakpoint/machine_x86_64.c
else
librunner_a_SOURCES += %D%/breakpoint/machine_none.c
endif
if HOST_AARCH64
librunner_a_SOURCES += %D%/crash/instruction_aarch64.c %D%/crash/registers_aarch64.c
endif
if !HOST_X86_64
if !HOST_AARCH64
librunner_a_SOURCES += %D%/crash/instruction_other.c %D%/crash/registers_other.c
endif
endif
if HAVE_IBERTY
librunner_a_SOURCES += %D%/code/rustname_iberty.c
else
librunner_a_SOURCES += %D%/code/rustname_none.c
endif
if HAVE_CAPSTONE
librunner_a_SOURCES += %D%/code/microcode_aarch64.c %D%/code/microcode_capstone.c \
	%D%/code/microcode_capstone.h %D%/code/microcode_x86_64.c
else
librunner_a_SOURCES += %D%/code/microcode_none.c
endif
librunner_a_CPPFLAGS = $(AM_CPPFLAGS) $(CAPSTONE_CFLAGS) $(ELF_CFLAGS) $(DW_CFLAGS) $(SECCOMP_CFLAGS) $(XML_CFLAGS) \
	-DMF_LIBRARY_FOLDER='"$(preloaddir)"' \
	-DMF_DATA_FOLDER='"$(pkgdatadir)"'

# The style sheet of pages, as a C string: comments and indentation are left out.
%D%/formats/html_css.c: %D%/formats/html_style.css
	$(AM_V_GEN)$(MKDIR_P) %D%/formats && { \
	    printf '%s\n' '// SPDX-License-Identifier: MIT' '// Made of html_style.css.' '// clang-format off' \
	        '#include "runner/formats/html.h"' 'const char html_style[] ='; \
	    sed -e '/^\/\*/d' -e '/^$$/d' -e 's/^ *//' -e 's/["\\]/\\&/g' -e 's/.*/"&\\n"/' \
	        $(srcdir)/%D%/formats/html_style.css; \
	    echo ';'; } >$@-new && mv $@-new $@
EXTRA_DIST += %D%/formats/html_style.css
CLEANFILES += %D%/formats/html_css.c

mallocfail_SOURCES = %D%/main.c
runner_libs = librunner.a libcore.a $(DW_LIBS) $(ELF_LIBS) $(SECCOMP_LIBS) $(DEMANGLE_LIBS) $(JANSSON_LIBS)
mallocfail_LDADD = $(runner_libs)
