#ifndef DOCKET_CSPAWN_SHIM_H
#define DOCKET_CSPAWN_SHIM_H

// What glibc (2.34 and later) declares for _GNU_SOURCE only, so that Swift does not see it. No header
// is included, so that this module owns none of glibc's types.

extern int posix_spawn_file_actions_addchdir_np(void *, const char *);
extern int posix_spawn_file_actions_addclosefrom_np(void *, int);
extern int pipe2(int[2], int);
extern int eventfd(unsigned int, int);

// A session, and so a process group, of its own: POSIX_SPAWN_SETSID.
static const short docket_spawn_setsid = 0x80;
// EFD_CLOEXEC | EFD_NONBLOCK.
static const int docket_eventfd_flags = 02000000 | 04000;

#endif
