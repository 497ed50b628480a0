# SPDX-License-Identifier: MIT
# Programs of the README, and a tiny project in four build systems; tests copy and build them.
EXTRA_DIST += \
	%D%/ci/github.yml \
	%D%/ci/gitlab-ci.yml \
	%D%/fuzz.c \
	%D%/keys.c \
	%D%/label.c \
	%D%/unit.c \
	%D%/queue/CMakeLists.txt \
	%D%/queue/Makefile \
	%D%/queue/Makefile.am \
	%D%/queue/configure.ac \
	%D%/queue/meson.build \
	%D%/queue/queue.c \
	%D%/queue/queue.h \
	%D%/queue/test_queue.c \
	%D%/slurm/explore.sbatch
