# papo's tasks. `make` without a target lists them.

CARGO ?= cargo
# `make run ID=bob ARGS="--broker mqtt://host"`
ID ?=
ARGS ?=
# `make simulate SEEDS=16..17`
SEEDS ?= 0..100000
# `make soak MINUTES=5`, `make fuzz MINUTES=5`
MINUTES ?=

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Empty where the brokers, the keyring, a Python that can make virtual environments or what checks an entry for menus
# are missing.
LINUX_TOOLS := $(if $(filter Linux,$(shell uname)),ip secret-tool gnome-keyring-daemon dbus-run-session desktop-file-validate)
TOOLS := $(shell PATH="$$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"; \
	for tool in mosquitto mosquitto_sub tmux openssl $(LINUX_TOOLS); do \
		command -v $$tool >/dev/null || exit; \
	done; \
	python3 -c 'import ensurepip, venv' 2>/dev/null && echo all)

CLUSTER_TOOLS := $(shell PATH="$$PATH:/usr/sbin:/usr/local/sbin"; \
	for tool in haproxy cmake c++ protoc; do command -v $$tool >/dev/null || exit; done; echo all)

.PHONY: help run broker test bench counts growth simulate chaos soak cluster fuzz check fmt-check lint lean deny docs docs-check \
	docs-update pictures picture install uninstall deb deb-check tools cluster-tools

help: ## list the tasks
	@grep -E '^[a-z-]+:.* ## ' $(MAKEFILE_LIST) | sed 's/:.* ## /\t/' | expand -t 14

run: ## start papo; ID=… sets your ID, ARGS=… adds flags
	$(CARGO) run --release --locked -- $(ID) $(ARGS)

broker: ## run papo's own broker; ARGS="--listen 0.0.0.0" for a LAN, ARGS="user add ID" adds a user
	$(CARGO) run --release --locked -- broker $(ARGS)

test: tools ## run all tests; installs mosquitto, Python and other tools that they need
	$(CARGO) test --locked

simulate: ## run SEEDS=0..100000 of peers in virtual time; prints a seed that fails
	PAPO_SEEDS=$(SEEDS) $(CARGO) test --profile simulate --locked --test core scenarios::simulation

# The release build is measured. Benches would replace it with a build of their own profile.
BUILT := $(abspath $(or $(CARGO_TARGET_DIR),target))
bench: tools ## compare papo with the bare stack it is built on, and measure its parts
	$(CARGO) build --release --locked
	cp $(BUILT)/release/papo $(BUILT)/papo
	PAPO_BUILT=$(BUILT)/papo $(CARGO) bench --locked --bench beside --bench parts --bench search --bench logins

counts: ## count what a message, a key, a frame and a commit cost; in instructions if valgrind is installed
	$(CARGO) bench --locked --bench counts

growth: ## measure how costs grow with messages, users, groups and tabs, and redraw assets/growth.svg
	$(CARGO) bench --locked --bench growth

chaos: tools ## break brokers, papo and connections for half an hour
	$(CARGO) test --locked --test chaos long -- --ignored --nocapture --test-threads=1

soak: tools ## let two users chat for MINUTES=60 with a cut every minute, and check that papo does not grow
	PAPO_MINUTES=$(or $(MINUTES),60) $(CARGO) test --release --locked --test chaos soak -- --ignored --nocapture

# RMQTT's crates take ten minutes to build. That is done once for each lock file, and kept apart from this folder.
CLUSTER = --release --locked --manifest-path tests/cluster/Cargo.toml \
	--target-dir "$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/papo-ci/cluster-$(shell sha256sum tests/cluster/Cargo.lock | cut -c-16)"
cluster: cluster-tools ## try papo with a cluster of three RMQTT nodes, which are killed; the first build takes ten minutes
	$(CARGO) build --release --locked
	timeout 30m $(CARGO) test $(CLUSTER) --no-run
	$(CARGO) clippy $(CLUSTER) --all-targets -- -D warnings
	PAPO_BUILT=$(BUILT)/release/papo timeout 20m $(CARGO) test $(CLUSTER) -- --test-threads=1 --nocapture

fuzz: ## fuzz topics, payloads, peers and the broker for MINUTES=15 each; installs cargo-fuzz
	@$(CARGO) fuzz --version >/dev/null 2>&1 || $(CARGO) install cargo-fuzz --locked
	@# No sanitizer: there is no unsafe code that needs one, and without one a stable Rust will do. What is new goes
	@# beside the build, not into git.
	@for target in topic wire peer broker; do \
		mkdir -p fuzz/target/corpus/$$target; \
		$(CARGO) fuzz run --sanitizer none $$target fuzz/target/corpus/$$target fuzz/corpus/$$target -- \
			-dict=fuzz/words.dict -max_len=4096 -len_control=20 -timeout=10 -print_final_stats=1 \
			-max_total_time=$$(( $(or $(MINUTES),15) * 60 )) || exit 1; \
	done

check: fmt-check lint lean deny docs test docs-check ## run every check that a change must pass

fmt-check:
	$(CARGO) fmt --check
	$(CARGO) fmt --check --manifest-path tests/cluster/Cargo.toml

lint:
	$(CARGO) clippy --locked --all-targets -- -D warnings

# papo as a pure client, without the embedded broker.
lean:
	$(CARGO) clippy --locked --no-default-features -- -D warnings

# A known vulnerability fails this. If the database of advisories cannot be fetched, this says so, and only the other
# checks count. The check itself is offline, so that no second fetch can fail.
deny: ## check licences, sources and known vulnerabilities of dependencies; installs cargo-deny
	@$(CARGO) deny --version >/dev/null 2>&1 || $(CARGO) install cargo-deny --locked
	$(CARGO) deny --locked check licenses bans sources
	@if why="$$($(CARGO) deny --locked fetch db 2>&1)"; then \
		$(CARGO) deny --locked --offline check advisories; \
	else \
		printf '%s\n' "$$why" >&2; \
		echo "ADVISORIES NOT CHECKED: their database cannot be fetched" >&2; \
	fi

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

docs-check: ## check that the README's tables match the program
	$(CARGO) test --locked --test project docs::

docs-update: ## regenerate the README's tables, and the protocol's tables of states
	PAPO_UPDATE_DOCS=1 $(CARGO) test --locked --test project --test core -- docs:: states::

pictures: ## regenerate the README's pictures and recording from the running program
	$(CARGO) test --locked --test pictures -- --ignored

picture: pictures

# Where shells, man and desktops look for a user's own files.
DATA := $(or $(XDG_DATA_HOME),$(HOME)/.local/share)
CARGO_BIN := $(or $(CARGO_INSTALL_ROOT),$(CARGO_HOME),$(HOME)/.cargo)/bin
COMPLETIONS := bash-completion/completions/papo zsh/site-functions/_papo fish/vendor_completions.d/papo.fish
ENTRY := applications/papo.desktop
ICON := icons/hicolor/scalable/apps/papo.svg

# Writes the manual and completions of the papo $(1) below the folder $(2).
define share
	mkdir -p $(foreach file,man/man1/papo.1 $(COMPLETIONS),"$(2)/$(dir $(file))")
	"$(1)" man --dir "$(2)/man/man1"
	mkdir -p "$(2)/man/man5" && mv "$(2)/man/man1/papo.5" "$(2)/man/man5/"
	for file in $(COMPLETIONS); do "$(1)" completions "$${file%%[-/]*}" > "$(2)/$$file" || exit 1; done
endef

install: ## install papo for this user, with manual, shell completions and desktop entry
	$(CARGO) install --path . --locked
	$(call share,$(CARGO_BIN)/papo,$(DATA))
	mkdir -p "$(DATA)/$(dir $(ENTRY))" "$(DATA)/$(dir $(ICON))"
	@# A desktop may not have cargo's folder in its path.
	sed -e 's|^Exec=papo|Exec="$(CARGO_BIN)/papo"|' -e 's|^TryExec=papo|TryExec=$(CARGO_BIN)/papo|' \
		assets/papo.desktop > "$(DATA)/$(ENTRY)"
	cp assets/papo.svg "$(DATA)/$(ICON)"

# The program is removed last, because it knows its own manual pages.
uninstall: ## remove what `make install` installed; history and configuration stay
	@pages="$$(mktemp -d)" && "$(CARGO_BIN)/papo" man --dir "$$pages" && \
		for page in "$$pages"/*; do rm -f "$(DATA)/man/man$${page##*.}/$${page##*/}"; done && rm -r "$$pages"
	rm -f $(foreach file,$(COMPLETIONS) $(ENTRY) $(ICON),"$(DATA)/$(file)")
	$(CARGO) uninstall papo

TARGET := $(or $(CARGO_TARGET_DIR),target)
# The same commit gives the same package.
EPOCH = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null))

deb: ## build a Debian package in target/debian/; installs cargo-deb
	@$(CARGO) deb --version >/dev/null 2>&1 || $(CARGO) install cargo-deb --locked
	$(CARGO) build --release --locked
	rm -rf "$(TARGET)/release/share"
	$(call share,$(TARGET)/release/papo,$(TARGET)/release/share)
	gzip -9 -n "$(TARGET)/release/share/man/man1/"*.1 "$(TARGET)/release/share/man/man5/"*.5
	$(if $(EPOCH),SOURCE_DATE_EPOCH=$(EPOCH)) $(CARGO) deb --no-build --locked

deb-check: tools deb ## build that package, install it into a folder, and check it
	$(CARGO) test --locked --test project install:: -- --ignored

# What the tests talk to: a broker and its clients, and a Python that gets an MQTT client of its own in target/; and what
# checks the entry for menus.
tools:
ifeq ($(TOOLS),)
	@if command -v apt-get >/dev/null; then \
		set -ex; \
		$(SUDO) apt-get update; \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
			mosquitto mosquitto-clients tmux openssl iproute2 procps python3 python3-venv libsecret-tools gnome-keyring dbus \
			desktop-file-utils; \
	else \
		echo "The tests need mosquitto, its clients, tmux, openssl, python3 with venv and pip, secret-tool and" >&2; \
		echo "gnome-keyring, and desktop-file-validate. Install them and" >&2; \
		echo "try again:" >&2; \
		echo "  Fedora: dnf install mosquitto tmux openssl iproute libsecret gnome-keyring python3 python3-pip desktop-file-utils" >&2; \
		echo "  Arch:   pacman -S mosquitto tmux openssl iproute2 libsecret gnome-keyring python desktop-file-utils" >&2; \
		echo "  Alpine: apk add mosquitto mosquitto-clients tmux openssl iproute2 libsecret gnome-keyring python3 py3-pip desktop-file-utils" >&2; \
		echo "  macOS:  brew install mosquitto tmux openssl python desktop-file-utils" >&2; \
		exit 1; \
	fi
endif

# What the cluster is built with, and what stands in front of it.
cluster-tools: tools
ifeq ($(CLUSTER_TOOLS),)
	@if command -v apt-get >/dev/null; then \
		set -ex; \
		$(SUDO) apt-get update; \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
			haproxy cmake g++ protobuf-compiler; \
	else \
		echo "The cluster needs haproxy, cmake, a C++ compiler and protoc. Install them and try again." >&2; \
		exit 1; \
	fi
endif
