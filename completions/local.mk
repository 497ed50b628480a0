# SPDX-License-Identifier: MIT
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = %D%/_mallocfail
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_fishcompletion_DATA = %D%/mallocfail.fish
EXTRA_DIST += %D%/mallocfail.bash

install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)'
	$(INSTALL_DATA) $(srcdir)/%D%/mallocfail.bash '$(DESTDIR)$(bashcompletiondir)/mallocfail'

uninstall-local:
	rm -f '$(DESTDIR)$(bashcompletiondir)/mallocfail'
