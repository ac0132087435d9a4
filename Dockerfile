# The worker: Python, its locked dependencies (FFmpeg and the fonts are among them), and the code. Nothing else.
#
# Nothing here needs BuildKit, so podman and buildah build it too. For a base that never changes, name its digest:
#   --build-arg BASE=docker.io/library/debian:bookworm-slim@sha256:...
ARG BASE=docker.io/library/debian:bookworm-slim

# Debian's Python, and the one user.
FROM ${BASE} AS python
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends python3.11 >/dev/null \
    && ln -s /usr/bin/python3.11 /usr/local/bin/python \
    && echo 'worker:x:10001:10001::/nonexistent:/usr/sbin/nologin' >> /etc/passwd \
    && echo 'worker:x:10001:' >> /etc/group \
    # An empty volume mounts as root's on Fargate unless the image declares it with an owner, and the root file system
    # is read-only there: /scratch is the one place that a worker writes to. components/worker_service.py names both.
    && install -d /scratch

FROM python AS packages
# Where packages come by way of a proxy or an index of one's own; neither is in the image.
ARG PIP_CERT
ARG PIP_INDEX_URL
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends python3-pip ca-certificates >/dev/null
COPY requirements/worker.txt requirements/worker.txt
RUN python3.11 -m pip install --no-cache-dir --no-compile --require-hashes --target /packages -r requirements/worker.txt
COPY image/trim.py image/trim.py
RUN python3.11 image/trim.py /packages \
    # A start without compiled modules takes half a second longer. Unchecked: nobody changes a source in here. By force:
    # what Python left behind while it compiled would be taken for good.
    && python3.11 -m compileall -f -q --invalidation-mode unchecked-hash /packages \
    # The same content is the same layer, whenever it is built.
    && find /packages /etc/ssl/certs/ca-certificates.crt -exec touch --no-dereference --date=@0 {} +

# What of that Debian a worker needs: Python, the libraries that it and the packages are linked with, no shell.
FROM python AS root
COPY --from=packages /packages /packages
COPY image/root.py image/root.py
RUN python3.11 image/root.py /root-of-image /packages \
    && python3.11 -m compileall -f -q --invalidation-mode unchecked-hash -s /root-of-image -p / \
        /root-of-image/usr/lib/python3.11 \
    && find /root-of-image /scratch -exec touch --no-dereference --date=@0 {} +

FROM python AS code
WORKDIR /app
COPY jobs jobs
COPY fleet fleet
COPY worker worker
RUN python3.11 -m compileall -f -q --invalidation-mode unchecked-hash . \
    && find . -exec touch --no-dereference --date=@0 {} +

FROM scratch
# In the order of how seldom they change: a new release of the code pulls the last layer alone.
COPY --from=root /root-of-image /
COPY --from=root --chown=10001:10001 /scratch /scratch
COPY --from=packages /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=packages /packages /usr/local/lib/python3.11/dist-packages
COPY --from=code /app /app
WORKDIR /app
VOLUME /scratch
ENV PATH=/usr/local/bin:/usr/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TMPDIR=/scratch HTTP_PORT=8080 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --retries=3 --start-period=120s CMD ["python", "-m", "worker.health"]
CMD ["python", "-m", "worker"]

ARG BASE
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ffmpeg-warm-pool worker" \
    org.opencontainers.image.description="Renders one video job at a time from an SQS queue" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.base.name="${BASE}" \
    org.opencontainers.image.revision="${REVISION}"
