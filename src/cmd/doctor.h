/*
 * doctor.h: how the parts of `rawtop doctor` speak: a heading, then one line
 * for each finding, and under it what to do.
 */
#ifndef RAWTOP_CMD_DOCTOR_H
#define RAWTOP_CMD_DOCTOR_H

enum doctor_grade {
	DOCTOR_GOOD, /* as it should be */
	DOCTOR_NOTE, /* works, but one should know */
	DOCTOR_BAD,  /* something of rawtop will not work */
};

void doctor_head(const char *title);
void doctor_find(enum doctor_grade grade, const char *topic, const char *format,
		 ...) __attribute__((format(printf, 3, 4)));
void doctor_remedy(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* The parts; each prints its findings. */
void doctor_print_privilege(void);
void doctor_print_kernel(void);
void doctor_print_ifaces(void);
void doctor_print_terminal(void);
void doctor_print_libraries(void);

#endif
