/* Where a benchmark was measured: a figure without it means nothing. */
#ifndef CMD_BENCH_MACHINE_H
#define CMD_BENCH_MACHINE_H

/* Strings are printable ASCII, cut to fit, and "" where not known. */
struct bench_machine {
    char cpu[96], kernel[96], system[96]; /* "AMD EPYC 7R13", "Linux 6.1.0 x86_64", "Debian ..." */
    char virtual[40];  /* "kvm", "docker", "docker on kvm" ...; "" also where it is none */
    char governor[32]; /* "performance" */
    char skitter[16], libcurl[32], tls[48];
    char date[32];          /* UTC, ISO 8601 */
    unsigned cores;         /* that this process may run on, */
    unsigned crawler_cores; /* and of them the crawler's, where the server has its own; 0 */
    double memory_bytes;
    double load; /* of the last minute, before */
};

/* Fills in all but crawler_cores, which is the caller's and has a value. */
void bench_machine_read(struct bench_machine *m);

/* Those of them that are read from files, which are looked for below that folder ("": where they
 * are). The rest stays as it is. */
void bench_machine_read_files(struct bench_machine *m, const char *root);

#endif
