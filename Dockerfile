# bouncemx with an external PostgreSQL: no embedded server, no compiler, no install scripts, no root.
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#     -v bouncemx:/data -p 25:2525 -p 127.0.0.1:8080:8080 -e BOUNCEMX_DATABASE_URL=postgres://… -e BOUNCEMX_DOMAIN=… bouncemx
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=optional
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.mjs scripts/
COPY src src
RUN node scripts/build.mjs

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
WORKDIR /app
COPY package.json LICENSE ./
COPY bin bin
COPY config config
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
# The only place that is written: keys and the LMTP socket.
RUN install -d -o 65532 -g 65532 -m 0700 /data
ENV NODE_ENV=production \
    BOUNCEMX_DATA_DIR=/data \
    BOUNCEMX_SMTP_LISTEN=0.0.0.0:2525 \
    BOUNCEMX_HTTP_LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 2525 8080
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(({ok}) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=16", "/app/bin/bouncemx.js"]
CMD ["serve"]
