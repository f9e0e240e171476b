const change = (name: string) =>
  `mutation ($input: ${name}Input!) { ${lower(name)}(input: $input) { userErrors { code } } }`;

export const POST = `mutation ($input: PostTweetInput!) { postTweet(input: $input) { tweet { id } userErrors { code } } }`;

/** What people of a load change, by the name of the mutation. */
export const CHANGES = {
  follow: change('Follow'),
  unfollow: change('Unfollow'),
  block: change('Block'),
  retweet: change('Retweet'),
  undoRetweet: change('UndoRetweet'),
  deleteTweet: change('DeleteTweet'),
} as const;

export const HOME = /* GraphQL */ `
  query ($first: Int!, $after: String) {
    page: homeTimeline(first: $first, after: $after) {
      edges {
        node {
          id
          text
          author {
            id
          }
        }
        retweetedBy {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

export const PROFILE = /* GraphQL */ `
  query ($userId: ID!, $includeReplies: Boolean!, $first: Int!, $after: String) {
    user(id: $userId) {
      page: tweets(first: $first, after: $after, includeReplies: $includeReplies) {
        edges {
          isRetweet
          node {
            id
            text
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

export const SEARCH = /* GraphQL */ `
  query ($query: String!, $first: Int!, $after: String) {
    page: searchTweets(query: $query, first: $first, after: $after) {
      edges {
        node {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

export const TWEETS = /* GraphQL */ `
  query ($ids: [ID!]!) {
    tweets(ids: $ids) {
      id
      text
      viewerHasRetweeted
      unavailable {
        reason
      }
    }
  }
`;

export const STANDING = /* GraphQL */ `
  query ($ids: [ID!]!) {
    users(ids: $ids) {
      id
      viewerFollows
      viewerBlocks
    }
  }
`;

export const LIVE = /* GraphQL */ `
  subscription {
    homeTimelineUpdates {
      tweet {
        id
      }
      retweetedBy {
        id
      }
    }
  }
`;

export type Page<Edge> = { edges: Edge[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
export type HomeEdge = {
  node: { id: string; text: string | null; author: { id: string } | null };
  retweetedBy: { id: string } | null;
};

function lower(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
