/** What a newcomer finds in the editor. */
export const FIRST_QUERY = `# Starling. Run each operation with the play button (Ctrl-Enter).
#
# 1. Log in, and copy the access token into the headers below:
#    { "Authorization": "Bearer <accessToken>" }

mutation LogIn {
  login(input: { login: "ada", password: "starling-demo" }) {
    accessToken
    user {
      handle
    }
    userErrors {
      code
      message
    }
  }
}

# 2. Read the home timeline.

query Home {
  homeTimeline(first: 10) {
    edges {
      node {
        id
        text
        createdAt
        likeCount
        author {
          handle
          name
        }
        unavailable {
          reason
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

# 3. Leave this one open, and post from another tab.

subscription Live {
  homeTimelineUpdates {
    tweet {
      text
      author {
        handle
      }
    }
  }
}

mutation Post {
  postTweet(input: { text: "Hello, world!" }) {
    tweet {
      id
      text
    }
    userErrors {
      code
      message
    }
  }
}
`;
