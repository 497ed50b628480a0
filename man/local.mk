# SPDX-License-Identifier: MIT
dist_man_MANS += %D%/libmallocfail.3 %D%/mallocfail.1 %D%/mallocfail-cookbook.7 \
	%D%/mallocfail-policy.5 %D%/mallocfail-trace.5
