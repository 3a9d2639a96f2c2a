// peer_spider.js URL: crawls the host of URL with spider, through its Node binding and with its
// defaults, which have no delay and no limit; how many requests are in flight is its own choice.
const { Website } = require("@spider-rs/spider-rs");
new Website(process.argv[2]).crawl();
