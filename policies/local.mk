# SPDX-License-Identifier: MIT
policiesdir = $(pkgdatadir)/policies
dist_policies_DATA = \
	%D%/fail-above-size.json \
	%D%/fail-after-ms.json \
	%D%/fail-all.json \
	%D%/fail-every.json \
	%D%/fail-nth.json \
	%D%/fail-one-library.json \
	%D%/fail-random.json \
	%D%/memory-limit.json \
	%D%/spare-startup.json
# A folder of its own, so that policies/*.json are policies.
schemadir = $(policiesdir)/schema
dist_schema_DATA = %D%/schema/policy.schema.json
