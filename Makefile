# papo's tasks. `make` alone lists them.

CARGO ?= cargo
# `make run ID=bob ARGS="--broker mqtt://host"`
ID ?=
ARGS ?=
# `make simulate SEEDS=16..17`
SEEDS ?= 0..100000
# `make soak MINUTES=5`, `make fuzz MINUTES=5`
MINUTES ?=

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Empty where the broker, its command line clients or a Python that can make virtual environments are missing.
TOOLS := $(shell PATH="$$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"; \
	command -v mosquitto_sub >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null && command -v mosquitto)

.PHONY: help run broker test bench counts growth simulate chaos soak fuzz check fmt-check lint lean docs docs-check docs-update pictures picture install tools

help: ## list the tasks
	@grep -E '^[a-z-]+:.* ## ' $(MAKEFILE_LIST) | sed 's/:.* ## /\t/' | expand -t 14

run: ## start papo; ID=… says who you are, ARGS=… adds flags
	$(CARGO) run --release --locked -- $(ID) $(ARGS)

broker: ## run papo's own broker; ARGS="--listen 0.0.0.0" serves a LAN, ARGS="user add ID" says who may log in
	$(CARGO) run --release --locked -- broker $(ARGS)

test: tools ## run all tests; installs mosquitto and Python, which they talk to
	$(CARGO) test --locked

simulate: ## play SEEDS=0..100000 of papos in virtual time; a seed that fails is named
	PAPO_SEEDS=$(SEEDS) $(CARGO) test --profile simulate --locked --test scenarios simulation

bench: tools ## measure what durability costs, against the bare broker in the same run, and how long a search takes
	$(CARGO) bench --locked --bench durability --bench search

counts: ## count what a message, a key, a frame and a commit take, the same on a busy machine; instructions where valgrind is
	$(CARGO) bench --locked --bench counts

growth: ## see how what papo does grows with messages, users, groups and tabs, and draw assets/growth.svg anew
	$(CARGO) bench --locked --bench growth

chaos: tools ## long runs in which brokers, papos and connections break; takes half an hour
	$(CARGO) test --locked --test chaos long -- --ignored --nocapture --test-threads=1

soak: tools ## have two papos talk for MINUTES=60, cut every minute, and see that they do not grow
	PAPO_MINUTES=$(or $(MINUTES),60) $(CARGO) test --release --locked --test chaos soak -- --ignored --nocapture

fuzz: ## bend what comes off the wire, and what happens to a peer, for MINUTES=20 each; needs nightly Rust
	@if ! $(CARGO) +nightly --version >/dev/null 2>&1; then \
		echo "Fuzzing needs a nightly Rust beside the stable one: rustup toolchain install nightly" >&2; exit 1; \
	elif ! $(CARGO) fuzz --version >/dev/null 2>&1; then \
		echo "Fuzzing needs cargo-fuzz: cargo install cargo-fuzz" >&2; exit 1; \
	fi
	@# No sanitizer: there is no unsafe code that needs one. What is new goes beside the build, not into git.
	@for target in topic wire peer; do \
		mkdir -p fuzz/target/corpus/$$target; \
		$(CARGO) +nightly fuzz run --sanitizer none $$target fuzz/target/corpus/$$target fuzz/corpus/$$target -- \
			-dict=fuzz/words.dict -max_len=4096 -len_control=20 -timeout=10 -print_final_stats=1 \
			-max_total_time=$$(( $(or $(MINUTES),20) * 60 )) || exit 1; \
	done

check: fmt-check lint lean docs test docs-check ## everything that must hold before a change is in

fmt-check:
	$(CARGO) fmt --check

lint:
	$(CARGO) clippy --locked --all-targets -- -D warnings

# papo as a pure client, without the embedded broker.
lean:
	$(CARGO) clippy --locked --no-default-features -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

docs-check: ## see that what the README says of keys and commands is so
	$(CARGO) test --locked --test docs

docs-update: ## write the README's list of keys and commands anew, and the protocol's tables of states
	PAPO_UPDATE_DOCS=1 $(CARGO) test --locked --test docs --test states

pictures: ## take the README's pictures and its recording anew from the running program
	$(CARGO) test --locked --test pictures -- --ignored

picture: pictures

# Where a user's own completions and manuals are looked for.
DATA := $(or $(XDG_DATA_HOME),$(HOME)/.local/share)
CARGO_BIN := $(or $(CARGO_INSTALL_ROOT),$(CARGO_HOME),$(HOME)/.cargo)/bin

install: ## install papo for this user, with its manual and what shells need to complete its words
	$(CARGO) install --path . --locked
	mkdir -p "$(DATA)/man/man1" "$(DATA)/bash-completion/completions" "$(DATA)/zsh/site-functions" \
		"$(DATA)/fish/vendor_completions.d"
	"$(CARGO_BIN)/papo" man "$(DATA)/man/man1"
	"$(CARGO_BIN)/papo" completions bash > "$(DATA)/bash-completion/completions/papo"
	"$(CARGO_BIN)/papo" completions zsh > "$(DATA)/zsh/site-functions/_papo"
	"$(CARGO_BIN)/papo" completions fish > "$(DATA)/fish/vendor_completions.d/papo.fish"

# What the tests talk to: a broker and its clients, and a Python that gets an MQTT client of its own in target/.
tools:
ifeq ($(TOOLS),)
	@if command -v apt-get >/dev/null; then \
		set -ex; \
		$(SUDO) apt-get update; \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
			mosquitto mosquitto-clients procps python3 python3-venv; \
	else \
		echo "The tests need mosquitto, its clients, and python3 with venv and pip. Install them and try again:" >&2; \
		echo "  Fedora: dnf install mosquitto python3 python3-pip   Arch: pacman -S mosquitto python" >&2; \
		echo "  Alpine: apk add mosquitto mosquitto-clients python3 py3-pip   macOS: brew install mosquitto python" >&2; \
		exit 1; \
	fi
endif
