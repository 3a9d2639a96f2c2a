/* `skitter bench`: what concurrency does, measured and drawn. */
#ifndef CMD_BENCH_H
#define CMD_BENCH_H

/* argv[0] is "bench". Returns the exit status: see the contract in --help of the crawl; 1 where
 * nothing could be measured, 4 where a crawl found another set than it should, or it is slower than
 * the document of --compare. */
int bench_command(char **argv);

#endif
