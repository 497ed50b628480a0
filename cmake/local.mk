# SPDX-License-Identifier: MIT
cmakedir = $(libdir)/cmake/mallocfail
dist_cmake_DATA = %D%/mallocfail-config.cmake
dist_cmake_SCRIPTS = %D%/mallocfail-memcheck
nodist_cmake_DATA = %D%/mallocfail-config-version.cmake
