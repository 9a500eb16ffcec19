// Go's net/http server: reads each request in full and answers.
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
	flag.Parse()
	handler := func(response http.ResponseWriter, request *http.Request) {
		fmt.Println(request.Method, request.URL)
		io.Copy(io.Discard, request.Body)
		fmt.Fprintln(response, "hello from go")
	}
	server := &http.Server{Addr: *listen, Handler: http.HandlerFunc(handler), IdleTimeout: *idleTimeout}
	log.Fatal(server.ListenAndServe())
}
