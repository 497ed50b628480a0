# SPDX-License-Identifier: MIT
suppressionsdir = $(pkgdatadir)/suppressions
dist_suppressions_DATA = \
	%D%/dash.supp \
	%D%/glib.supp \
	%D%/glibc.supp \
	%D%/libgcov.supp
