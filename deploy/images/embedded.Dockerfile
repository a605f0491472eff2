# All five processes of the embedded profile, for evaluation. Its weights come with pip's packages.
# Where PIP_EXTRA_INDEX_URL leads to torch's builds for processors, it is a few gigabytes smaller:
# docker build --build-arg PIP_EXTRA_INDEX_URL=…
# docker build -f deploy/images/embedded.Dockerfile -t likeness/embedded:0.1.0 .
ARG PYTHON=python:3.11.14-slim-bookworm

# hadolint ignore=DL3006
FROM ${PYTHON} AS build
ARG PIP_EXTRA_INDEX_URL
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY protos protos
COPY likeness_wire likeness_wire
COPY likeness_client likeness_client
COPY services services
COPY gateway gateway
COPY deploy/images deploy/images
RUN --mount=type=cache,target=/root/.cache/pip deploy/images/install embedded /opt/likeness

# hadolint ignore=DL3006
FROM ${PYTHON}
LABEL org.opencontainers.image.title="likeness/embedded" \
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
EXPOSE 7400 7401 7480 7490 7410 7411 7491 7420 7421 7492 7430 7431 7493 7440 7441 7494
ENTRYPOINT ["/opt/likeness/bin/python"]
CMD ["-m", "gateway"]
