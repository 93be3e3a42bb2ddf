/*
 * count_pcap FILE: the floor of the offline benchmark, a bare libpcap loop
 * that only counts packets and bytes.
 */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	char text[PCAP_ERRBUF_SIZE];
	unsigned long long packets = 0;
	unsigned long long bytes = 0;
	struct pcap_pkthdr *header;
	const u_char *data;
	pcap_t *p;

	if (argc != 2) {
		fprintf(stderr, "usage: count_pcap FILE\n");
		return 2;
	}
	p = pcap_open_offline(argv[1], text);
	if (!p) {
		fprintf(stderr, "count_pcap: %s\n", text);
		return 1;
	}
	while (pcap_next_ex(p, &header, &data) == 1) {
		packets++;
		bytes += header->len;
	}
	printf("%llu packets %llu bytes\n", packets, bytes);
	pcap_close(p);
	return 0;
}
