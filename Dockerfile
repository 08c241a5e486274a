FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# The image has Node.js already; the one in the dev dependencies is for checkouts.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/bin ./bin
COPY --from=build /src/dist/node ./dist/node
RUN install -d -o node -g node -m 0700 /data
ENV CHAT_TUI_RELAY_LISTEN=0.0.0.0:1878 \
    CHAT_TUI_RELAY_DATA=/data \
    CHAT_TUI_HOME=/tmp/chat-tui
VOLUME /data
EXPOSE 1878
USER node
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:1878/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/chat-tui.js", "relay"]
