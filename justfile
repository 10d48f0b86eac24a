# The words of the workshop; `just` alone lists them.

_default:
    @just --list --unsorted

# Everything that a change has to pass
check:
    .ci/run

# The tests, or those whose name has these words in it: `just test invitation`
test *words:
    cargo nextest run --workspace {{ words }}

# What breaks things, whole: an hour or more. `just soak kill` runs one kind; the tests run a short form of each
soak *words:
    ROSTER_SOAK=whole cargo nextest run --package roster --profile soak --no-capture --test soak {{ words }}

# Clippy, where a warning is an error
clippy:
    cargo clippy --workspace --all-targets -- -D warnings

# Format the sources
fmt:
    cargo fmt --all

# The style rules that a program can check
tidy:
    cargo xtask tidy

# Licences, advisories and bans of the crates used
deny:
    cargo deny check

# Ask the API what nobody would ask, ten minutes: `just schemathesis postgres`
schemathesis database="sqlite" *flags:
    .ci/schemathesis --database {{ database }} {{ flags }}

# Every page from sample data, as HTML files in target/gallery
gallery:
    cargo run --package roster-http --example gallery

# Serve on http://localhost:8080, with the data in ./roster-data
serve *flags:
    cargo run -- serve {{ flags }}

# The same, with organizations and people to look at
demo *flags:
    cargo run -- serve --demo {{ flags }}
