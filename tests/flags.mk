# SPDX-License-Identifier: MIT
# Flags of whole folders of tests, in GNU make's own way: a pattern and a variable. Automake
# has flags for all programs (AM_CFLAGS, LDADD) or for a single one; written so, each of 80
# programs would repeat them. tests/local.mk includes this file behind automake's back.

# Victims: compiled and linked without sanitizers, and without any library of ours.
tests/targets/%: AM_CFLAGS = $(victim_cflags)
tests/targets/%: AM_CXXFLAGS = $(victim_cxxflags)
tests/targets/%.so: AM_LDFLAGS = -shared -Wl,-soname,$(@F)

# Unit tests. Those of core are linked without the runner: core has to do without it.
tests/unit/%.o: AM_CPPFLAGS += $(CHECK_CFLAGS)
tests/unit/%: LDADD = libunit.a $(runner_libs) $(CHECK_LIBS)
tests/unit/core/%: LDADD = libunit.a libcore.a $(CHECK_LIBS) $(JANSSON_LIBS)
$(unit_names): libunit.a librunner.a libcore.a

# Fuzzers.
tests/fuzz/%.o: AM_CPPFLAGS += $(XML_CFLAGS)
tests/fuzz/%: LDADD = $(runner_libs) $(XML_LIBS)
$(fuzzers): librunner.a libcore.a
