# The `stockpulse` command. Packages are locked and hashed; the image has no compiler and no pip.
# Another base needs Python 3.11 or newer with venv, by the name `python`.
ARG BASE=python:3.13-slim-trixie
FROM ${BASE} AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/stockpulse

# Before the code, so that a change of the code does not reinstall the packages.
COPY requirements.runtime.txt .
RUN /opt/stockpulse/bin/pip install --require-hashes --only-binary=:all: -r requirements.runtime.txt

COPY . .
RUN /opt/stockpulse/bin/pip install --no-deps --no-build-isolation . \
    && /opt/stockpulse/bin/pip uninstall --yes setuptools pip


FROM ${BASE}

RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin stockpulse
COPY --from=build /opt/stockpulse /opt/stockpulse
# A volume that is mounted here is a warehouse that the user can write to.
RUN install --directory --owner=stockpulse /var/lib/stockpulse/archive
ENV PATH=/opt/stockpulse/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /tmp
STOPSIGNAL SIGTERM
ENTRYPOINT ["stockpulse"]
