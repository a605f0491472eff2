# Embedder and verifier on processors.
# docker build -f deploy/images/faces.Dockerfile -t likeness/faces:0.1.0 .
ARG PYTHON=python:3.11.14-slim-bookworm

# hadolint ignore=DL3006
FROM ${PYTHON} AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY protos protos
COPY likeness_wire likeness_wire
COPY likeness_client likeness_client
COPY services services
COPY gateway gateway
COPY deploy/images deploy/images
RUN --mount=type=cache,target=/root/.cache/pip deploy/images/install faces,tracing /opt/likeness

# hadolint ignore=DL3006
FROM ${PYTHON}
LABEL org.opencontainers.image.title="likeness/faces" \
      org.opencontainers.image.version="0.1.0"
RUN groupadd --gid 10001 likeness \
    && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin likeness
COPY --from=build /opt/likeness /opt/likeness
ENV PATH=/opt/likeness/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    OMP_WAIT_POLICY=PASSIVE \
    GRPC_VERBOSITY=ERROR
WORKDIR /
USER 10001:10001
EXPOSE 7410 7411 7491 7440 7441 7494
ENTRYPOINT ["/opt/likeness/bin/python"]
CMD ["-m", "services.embedder"]
