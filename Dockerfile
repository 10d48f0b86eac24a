# Roster in a container: one program, no shell, no root, nothing written but the volume /data. See docs/operating.md, "Install".
#
#   docker build --tag roster .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges --volume roster:/data --publish 127.0.0.1:8080:8080 \
#     --env ROSTER_PUBLIC_URL=https://people.example.com --env ROSTER_TRUSTED_PROXY=172.17.0.1 roster

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# What was fetched and compiled before stays in the cache of the builder: a change compiles what it changed.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --package roster \
    && install -D target/release/roster /out/usr/local/bin/roster \
    && install -d -m 700 -o 65532 -g 65532 /out/data

# Of glibc, libgcc and the public certificate authorities what the program needs.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out /
# Nobody by name, as clusters that refuse root want it told.
USER 65532:65532
VOLUME /data
EXPOSE 8080
# The address is for the world outside the container: name the proxy in front (ROSTER_TRUSTED_PROXY) or the certificate's files
# (ROSTER_TLS_CERTIFICATE, ROSTER_TLS_KEY); without one of them Roster does not start.
# What is too much for memory (a large sort, a file that is imported) is laid into files, for which a read-only root has no other
# place than the volume.
ENV ROSTER_DATA=/data ROSTER_LISTEN=0.0.0.0:8080 TMPDIR=/data
# Asks the server above by itself. With a certificate set ROSTER_SERVER to https:// and the name that it is for.
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["/usr/local/bin/roster", "ready"]
ENTRYPOINT ["/usr/local/bin/roster"]
CMD ["serve"]
