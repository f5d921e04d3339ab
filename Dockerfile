# Ebb in a container: `docker build -t ebb .`, then deploy/compose.yaml. docs/how-to/deploy.md goes through it.
# The base by its tag; whoever wants the very same bytes each time names one with its digest: --build-arg BASE=…@sha256:…
ARG BASE=python:3.11-slim-bookworm

# ---- what Ebb needs to run, from the run lock alone, each part with its hash. No compiler: every part has a wheel.
FROM ${BASE} AS parts
WORKDIR /opt/ebb
RUN python -m venv .venv
COPY requirements/run.lock requirements/run.lock
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md LICENSE ./
COPY exercises exercises
COPY sessions sessions
COPY server server
COPY static static
# Built by the setuptools of the lock; a build in isolation would fetch another one unhashed.
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --editable .
# The root is read-only later on, so what Python compiles is compiled here.
RUN .venv/bin/python -m compileall -q exercises sessions server

# ---- what runs
FROM ${BASE}
# A number, so that a supervisor which insists on "not root" can see that it is none.
RUN groupadd --gid 8420 ebb && useradd --uid 8420 --gid 8420 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin ebb \
 && install -d -o 8420 -g 8420 -m 0700 /var/lib/ebb
COPY --from=parts /opt/ebb /opt/ebb
ENV PATH=/opt/ebb/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    EBB_HOST=0.0.0.0 \
    EBB_PORT=8420 \
    EBB_DATA=/var/lib/ebb
WORKDIR /opt/ebb
USER 8420:8420
# The one place that is written to.
VOLUME /var/lib/ebb
EXPOSE 8420
# Whether the process lives, not whether the database answers: whoever is in a visit keeps their socket while a database
# is away, and a container that is thrown away for it would take that from them. A load balancer asks /readyz.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"EBB_PORT\"]}/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["ebb"]
CMD ["serve"]
