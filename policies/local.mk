# SPDX-License-Identifier: MIT
policiesdir = $(pkgdatadir)/policies
dist_policies_DATA = \
	%D%/apr-pools.json \
	%D%/fail-above-size.json \
	%D%/fail-after-ms.json \
	%D%/fail-all.json \
	%D%/fail-every.json \
	%D%/fail-nth.json \
	%D%/fail-one-library.json \
	%D%/fail-random.json \
	%D%/full-disk.json \
	%D%/memory-limit.json \
	%D%/nginx-pools.json \
	%D%/openssl-crypto.json \
	%D%/out-of-descriptors.json \
	%D%/out-of-threads.json \
	%D%/python-objects.json \
	%D%/rust-allocator.json \
	%D%/spare-startup.json \
	%D%/sqlite3-malloc.json \
	%D%/talloc.json
# A folder of its own, so that policies/*.json are policies.
schemadir = $(policiesdir)/schema
dist_schema_DATA = %D%/schema/policy.schema.json
