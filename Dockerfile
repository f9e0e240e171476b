# One image for every process of Starling; the command chooses which, for example:
#   docker build --tag starling .
#   docker run starling subgraphs/tweets/src/main.ts --print-config
# gateway/src/main.ts, worker/src/main.ts, subgraphs/<name>/src/main.ts, cli/src/main.ts, and stack/src/main.ts, which is all
# of them in one process. They are told everything by environment variables: ARCHITECTURE.md, "Processes".

FROM node:24-bookworm-slim AS base
WORKDIR /app

# What npm reads, alone: packages are installed anew only when it changes.
FROM base AS manifests
COPY . .
RUN mkdir /manifests \
  && find . -name package.json -not -path '*/node_modules/*' -exec cp --parents --target-directory /manifests {} + \
  && cp package-lock.json .npmrc /manifests

FROM base AS build
COPY --from=manifests /manifests ./
RUN npm ci --no-audit --no-fund
COPY . .
# Types are stripped by Node itself; what is generated are RPC types, Prisma clients, and the GraphiQL page.
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM base
ENV NODE_ENV=production
COPY --from=build --chown=root:root /app ./
# Owns nothing of it: a process writes nowhere but into its servers.
USER node
EXPOSE 4000 4001 4002
ENTRYPOINT ["node", "--import", "./scripts/production.mjs"]
CMD ["gateway/src/main.ts"]
