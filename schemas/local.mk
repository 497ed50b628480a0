# SPDX-License-Identifier: MIT
schemasdir = $(pkgdatadir)/schemas
dist_schemas_DATA = %D%/findings.schema.json
