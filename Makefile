# papo's tasks. `make` alone lists them.

CARGO ?= cargo
# `make run ID=bob ARGS="--broker mqtt://host"`
ID ?=
ARGS ?=
# `make simulate SEEDS=16..17`
SEEDS ?= 0..100000
# `make soak MINUTES=5`
MINUTES ?= 60

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Empty where the broker or its command line clients are missing.
MOSQUITTO := $(shell PATH="$$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"; \
	command -v mosquitto_sub >/dev/null && command -v mosquitto)

.PHONY: help run broker test bench simulate chaos soak check fmt-check lint lean docs docs-check docs-update picture install mosquitto

help: ## list the tasks
	@grep -E '^[a-z-]+:.* ## ' $(MAKEFILE_LIST) | sed 's/:.* ## /\t/' | expand -t 14

run: ## start papo; ID=… says who you are, ARGS=… adds flags
	$(CARGO) run --release --locked -- $(ID) $(ARGS)

broker: ## run papo's own broker; ARGS="--listen 0.0.0.0" lets others in
	$(CARGO) run --release --locked -- broker $(ARGS)

test: mosquitto ## run all tests; installs mosquitto, which they talk to
	$(CARGO) test --locked

simulate: ## play SEEDS=0..100000 of papos in virtual time; a seed that fails is named
	PAPO_SEEDS=$(SEEDS) $(CARGO) test --profile simulate --locked --test scenarios simulation

bench: mosquitto ## measure what durability costs, against the bare broker in the same run
	$(CARGO) bench --locked --bench durability

chaos: mosquitto ## long runs in which brokers, papos and connections break; takes half an hour
	$(CARGO) test --locked --test chaos long -- --ignored --nocapture --test-threads=1

soak: mosquitto ## have two papos talk for MINUTES=60, cut every minute, and see that they do not grow
	PAPO_MINUTES=$(MINUTES) $(CARGO) test --release --locked --test chaos soak -- --ignored --nocapture

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

docs-update: ## write the README's list of keys and commands anew
	PAPO_UPDATE_DOCS=1 $(CARGO) test --locked --test docs

picture: ## take the README's picture anew from the running program
	$(CARGO) test --locked --test picture -- --ignored

install: ## install papo for this user
	$(CARGO) install --path . --locked

mosquitto:
ifeq ($(MOSQUITTO),)
	@if command -v apt-get >/dev/null; then \
		set -ex; \
		$(SUDO) apt-get update; \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends mosquitto mosquitto-clients procps; \
	else \
		echo "The tests need mosquitto and its clients. Install them and try again:" >&2; \
		echo "  Fedora: dnf install mosquitto   Arch: pacman -S mosquitto" >&2; \
		echo "  Alpine: apk add mosquitto mosquitto-clients   macOS: brew install mosquitto" >&2; \
		exit 1; \
	fi
endif
