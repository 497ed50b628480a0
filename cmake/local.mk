# SPDX-License-Identifier: MIT
cmakedir = $(libdir)/cmake/mallocfail
dist_cmake_DATA = %D%/mallocfail-config.cmake
nodist_cmake_DATA = %D%/mallocfail-config-version.cmake
