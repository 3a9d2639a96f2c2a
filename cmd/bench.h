/* `skitter bench`: what concurrency does, measured and drawn. */
#ifndef CMD_BENCH_H
#define CMD_BENCH_H

/* argv[0] is "bench". Returns the exit status: 0; 1 where nothing could be measured; 2 where the
 * command line is wrong, or --compare finds nothing to compare; 3 where what was written is lost;
 * 4 where a crawl found another set than it had to, or --compare found it slower; 128 and the
 * signal that ended it. */
int bench_command(char **argv);

#endif
