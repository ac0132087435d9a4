# What one writes without thinking of size: Debian's Python and FFmpeg, and pip. `make bench-image` measures it.
# Debian's own images clean up after apt-get by themselves; a base that was made by debootstrap does not.
ARG BASE=docker.io/library/debian:bookworm-slim
FROM ${BASE}
ARG PIP_CERT
ARG PIP_INDEX_URL
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends python3-pip python3 ca-certificates ffmpeg >/dev/null && apt-get clean
RUN ln -s /usr/bin/python3 /usr/local/bin/python && mkdir /scratch
WORKDIR /app
COPY requirements/worker.txt requirements/worker.txt
RUN pip install --break-system-packages --no-cache-dir --require-hashes -r requirements/worker.txt
COPY jobs jobs
COPY fleet fleet
COPY worker worker
ENV TMPDIR=/scratch PYTHONDONTWRITEBYTECODE=1
CMD ["python", "-m", "worker"]
