// Go's net/http server: reads each request in full, or up to -max-body, and answers.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
)

func main() {
	listen := flag.String("listen", ":80", "address")
	idleTimeout := flag.Duration("idle-timeout", 0, "Server.IdleTimeout")
	maxBody := flag.Int64("max-body", 1<<20, "for http.MaxBytesReader; more is answered 413")
	flag.Parse()
	handler := func(response http.ResponseWriter, request *http.Request) {
		fmt.Println(request.Method, request.URL)
		_, err := io.Copy(io.Discard, http.MaxBytesReader(response, request.Body, *maxBody))
		if err != nil {
			http.Error(response, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		fmt.Fprintln(response, "hello from go")
	}
	server := &http.Server{Addr: *listen, Handler: http.HandlerFunc(handler), IdleTimeout: *idleTimeout}
	log.Fatal(server.ListenAndServe())
}
